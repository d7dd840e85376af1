BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'ZoneSigning' {
  BeforeAll {
    # Does what a registrar does: a second ManagedDns serves com with the DS that Get-DsRecord shows, and is the parent that is watched.
    function Register-Ds {
      $parent = "$env:MANAGEDDNS_STORE-parent"
      $file = New-TestZoneFile com -Ttl 1 -More 'example NS ns1.example', 'ns1.example A 127.0.0.1', (Get-DsRecord example.com).Record
      $null = New-ManagedZone com -ZoneFile $file -StorePath $parent
      Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0 -StorePath $parent
      $null = Start-SecondaryServer -StorePath $parent
      Enable-ZoneSigning example.com -ParentServer (Get-SecondaryServer -StorePath $parent).EndPoints[0]
    }
  }
  BeforeEach {
    New-TestStore
    $port = Get-FreePort
    Set-SecondaryServer -ListenAddress 127.0.0.1 -Port $port -RootHint 127.0.0.1:9 -LookupPort $port
    Set-SigningPolicy Default -KeyTtl 0:0:1 -PropagationDelay 0:0:0
    $null = New-ManagedZone example.com -ZoneFile (New-TestZoneFile example.com -Ttl 1) -HiddenPrimary
  }
  AfterEach {
    $parent = "$env:MANAGEDDNS_STORE-parent"
    if ((Test-Path $parent) -and (Get-SecondaryServer -StorePath $parent).State -eq 'Running') { Stop-SecondaryServer -StorePath $parent }
    Remove-TestStore
  }

  It 'signs a zone, shows its keys and the DS to hand on, and ends at once by force' {
    Enable-ZoneSigning example.com
    $null = Start-SecondaryServer
    Wait-Until { (Get-ZoneSigning example.com).State -eq 'WaitingForDs' }
    Assert-SignedZone example.com

    $key = Get-ZoneSigningKey example.com
    "$($key.Role) $($key.Algorithm)" | Should -Be 'Csk EcdsaP256Sha256'
    $ds = Get-DsRecord example.com
    $ds.KeyTag | Should -Be $key.KeyTag
    $ds.Record | Should -BeLike "example.com. IN DS $($key.KeyTag) 13 2 *"
    (Get-ZoneRegistration example.com -WarningAction Ignore).Text | Should -BeLike "*DS $($key.KeyTag) 13 2 *"
    (Resolve-ManagedZoneRecord www.example.com A).Answer | Should -Not -BeNullOrEmpty

    Disable-ZoneSigning example.com -Force -Confirm:$false
    Wait-Until { -not (Resolve-ManagedZoneRecord example.com DNSKEY).Answer }
    Get-ZoneSigningKey example.com | Should -BeNullOrEmpty
  }

  It 'gives no DS to register before every cache has the zone signed, and says until when' {
    Set-SigningPolicy Default -PropagationDelay 1:0:0
    Enable-ZoneSigning example.com
    $null = Start-SecondaryServer
    Wait-Until { (Get-ZoneSigning example.com).Until }

    (Get-ZoneSigning example.com).State | Should -Be 'Enabling'
    Assert-SignedZone example.com
    $failure = Get-ErrorOf { Get-DsRecord example.com }
    $failure.FullyQualifiedErrorId | Should -BeLike 'TooEarly*'
    "$failure" | Should -BeLike "*key $((Get-ZoneSigningKey example.com).KeyTag) to be everywhere until *"
    Get-DsRecord | Should -BeNullOrEmpty
    (Get-ZoneRegistration example.com -WarningVariable warnings -WarningAction SilentlyContinue).Text | Should -Not -BeLike '* DS *'
    "$warnings" | Should -BeLike '*has no DS to register yet*'
  }

  It 'names the procedure when the primary is not hidden' {
    $null = New-ManagedZone open.example
    $failure = Get-ErrorOf { Enable-ZoneSigning open.example }
    $failure.FullyQualifiedErrorId | Should -BeLike 'Invalid*'
    $failure.ErrorDetails.RecommendedAction | Should -BeLike '*Set-ManagedZone -Name open.example -HiddenPrimary*'
  }

  It 'takes a key over and gives it back as it was, sealed in the store' {
    $pem = Join-Path (Split-Path $env:MANAGEDDNS_STORE) key.pem
    $key = [Security.Cryptography.ECDsa]::Create([Security.Cryptography.ECCurve+NamedCurves]::nistP256)
    Set-Content $pem $key.ExportPkcs8PrivateKeyPem()
    Import-ZoneSigningKey example.com $pem
    $tag = (Get-ZoneSigningKey example.com).KeyTag
    $folder = (New-Item -ItemType Directory (Join-Path (Split-Path $env:MANAGEDDNS_STORE) keys)).FullName
    $null = Export-ZoneSigningKey example.com $folder -As Pkcs8 -Force -Confirm:$false
    $back = [Security.Cryptography.ECDsa]::Create()
    $back.ImportFromPem((Get-Content -Raw (Get-ChildItem $folder -Filter *.pem).FullName))
    [Convert]::ToHexString($back.ExportParameters($false).Q.X) | Should -Be ([Convert]::ToHexString($key.ExportParameters($false).Q.X))
    Enable-ZoneSigning example.com
    $null = Start-SecondaryServer
    Wait-Until { (Resolve-ManagedZoneRecord example.com DNSKEY -ErrorAction Ignore).Answer }
    (Get-ZoneSigningKey example.com).KeyTag | Should -Be $tag
    Assert-SignedZone example.com
  }

  It 'replaces a key, and begins with that when the first one is trusted' {
    Enable-ZoneSigning example.com
    (Get-ErrorOf { Start-ZoneKeyRollover example.com }).FullyQualifiedErrorId | Should -BeLike 'TooEarly*'
    $null = Start-SecondaryServer
    Wait-Until { Get-ZoneSigningKey example.com }
    $old = (Get-ZoneSigningKey example.com).KeyTag
    Start-ZoneKeyRollover example.com -WarningVariable warnings -WarningAction SilentlyContinue
    "$warnings" | Should -BeLike "*Key $old of 'example.com' is not trusted by anybody yet, and is replaced when it is*"

    Wait-Until { (Get-ZoneSigning example.com).State -eq 'WaitingForDs' }
    (Get-ZoneSigningKey example.com).KeyTag | Should -Be $old
    Assert-SignedZone example.com
    Register-Ds
    # Its keys are kept before anything is signed with them; the state is told of the zone as it is served then.
    Wait-Until { (Get-ZoneSigning example.com).State -eq 'RollingKey' }
    Get-ZoneSigningKey example.com | Should -HaveCount 2
    Wait-Until { (Get-ZoneSigning example.com).WaitingFor -like 'the DS of key*' }
    (Get-DsRecord example.com).KeyTag | Should -Be (Get-ZoneSigningKey example.com | Where-Object KeyTag -NE $old).KeyTag
    Assert-SignedZone example.com
  }

  It 'writes nothing with -WhatIf' {
    Enable-ZoneSigning example.com -WhatIf
    Get-ZoneSigning | Should -BeNullOrEmpty
  }
}
