BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'ZoneSigning' {
  BeforeEach {
    New-TestStore
    Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0 -RootHint 127.0.0.1:9
    $null = New-ManagedZone example.com -ZoneFile (New-TestZoneFile example.com) -HiddenPrimary
  }
  AfterEach { Remove-TestStore }

  It 'signs a zone, shows its keys and the DS to hand on, and ends at once by force' {
    Enable-ZoneSigning example.com
    $null = Start-SecondaryServer
    Wait-Until { (Get-ZoneSigningKey example.com -ErrorAction Ignore) -and (Resolve-ManagedZoneRecord example.com DNSKEY -ErrorAction Ignore).Answer }

    $key = Get-ZoneSigningKey example.com
    "$($key.Role) $($key.Algorithm)" | Should -Be 'Csk EcdsaP256Sha256'
    (Get-ZoneSigning example.com).State | Should -BeIn 'Enabling', 'WaitingForDs'
    $ds = Get-DsRecord example.com
    $ds.KeyTag | Should -Be $key.KeyTag
    $ds.Record | Should -BeLike "example.com. IN DS $($key.KeyTag) 13 2 *"
    (Get-ZoneRegistration example.com).Text | Should -BeLike "*DS $($key.KeyTag) 13 2 *"
    (Resolve-ManagedZoneRecord www.example.com A).Answer | Should -Not -BeNullOrEmpty

    Disable-ZoneSigning example.com -Force -Confirm:$false
    Wait-Until { -not (Resolve-ManagedZoneRecord example.com DNSKEY).Answer }
    Get-ZoneSigningKey example.com | Should -BeNullOrEmpty
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
    $null = Export-ZoneSigningKey example.com $folder -As Pkcs8 -Force
    $back = [Security.Cryptography.ECDsa]::Create()
    $back.ImportFromPem((Get-Content -Raw (Get-ChildItem $folder -Filter *.pem).FullName))
    [Convert]::ToHexString($back.ExportParameters($false).Q.X) | Should -Be ([Convert]::ToHexString($key.ExportParameters($false).Q.X))
    Enable-ZoneSigning example.com
    $null = Start-SecondaryServer
    Wait-Until { (Resolve-ManagedZoneRecord example.com DNSKEY -ErrorAction Ignore).Answer }
    (Get-ZoneSigningKey example.com).KeyTag | Should -Be $tag
  }

  It 'begins a rollover and shows both keys' {
    Enable-ZoneSigning example.com
    $null = Start-SecondaryServer
    Wait-Until { Get-ZoneSigningKey example.com -ErrorAction Ignore }
    Start-ZoneKeyRollover example.com
    Wait-Until { @(Get-ZoneSigningKey example.com).Count -eq 2 }
    (Get-ZoneSigningKey example.com).KeyTag | Select-Object -Unique | Should -HaveCount 2
  }

  It 'writes nothing with -WhatIf' {
    Enable-ZoneSigning example.com -WhatIf
    Get-ZoneSigning | Should -BeNullOrEmpty
  }
}
