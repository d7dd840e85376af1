BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'CatalogZone' {
  BeforeEach { New-TestStore; Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0 }
  AfterEach { Remove-TestStore }

  It 'makes and removes the zones that a catalog lists, and keeps those that are taken back' {
    $file = Join-Path (Split-Path $env:MANAGEDDNS_STORE) catalog.zone
    function Set-Catalog([int] $Serial, [string[]] $Zone) {
      $members = $Zone | ForEach-Object { "$($_.Split('.')[0]).zones PTR $_." }
      Set-Content "$file.new" (@('$TTL 0', "@ SOA invalid. invalid. $Serial 3600 600 86400 0", '@ NS invalid.', 'version TXT "2"') + $members)
      Move-Item "$file.new" $file -Force
    }
    $null = New-CommonSetting customers
    Set-Catalog 1 one.test, two.test
    $null = New-ManagedZone catalog.test -ZoneFile $file | New-CatalogZone -MemberSetting customers
    $null = Start-SecondaryServer
    Wait-Until { (Get-CatalogMember).Count -eq 2 }
    (Get-ManagedZone one.test).CommonSetting | Should -Be customers

    Set-Catalog 2 one.test
    Wait-Until { Get-CatalogMember -State Leaving }
    (Get-CatalogMember two.test).RemovedAt | Should -BeGreaterThan ([datetime]::UtcNow.AddHours(23))
    (Get-ErrorOf { Remove-ManagedZone one.test -Confirm:$false }).FullyQualifiedErrorId | Should -BeLike 'InUse,*'
    Restore-CatalogMember two.test
    Set-CatalogZone catalog.test -GracePeriod 0
    Get-CatalogMember | ForEach-Object Name | Should -Be one.test
    (Get-ManagedZone two.test).Name | Should -Be two.test

    Set-Content $file '@ 0 SOA invalid. invalid. 3 3600 600 86400 0', '@ 0 NS invalid.'
    Wait-Until { (Get-CatalogZone).Reason -eq 'CatalogBroken' }
    $catalog = Get-CatalogZone catalog.test
    "$($catalog.Role) $($catalog.Serial) $($catalog.AppliedSerial) $($catalog.Members)" | Should -Be 'Consumer 3 2 1'

    Remove-CatalogZone catalog.test -Confirm:$false
    (Get-ManagedZone one.test).Name | Should -Be one.test
    Get-CatalogZone | Should -BeNullOrEmpty
  }

  It 'makes a catalog of our own zones' {
    $null = New-ManagedZone one.test -ZoneFile (New-TestZoneFile one.test)
    $null = Set-ManagedZone one.test -NewCatalog theirs.test
    $catalog = New-CatalogZone ours.test -Producer
    "$($catalog.Role) $($catalog.Members)" | Should -Be 'Producer 1'
    $null = Start-SecondaryServer
    Wait-Until { (Get-ManagedZoneRecord ours.test -Type PTR -ErrorAction Ignore).Count -eq 2 }
    Get-ManagedZoneRecord ours.test -Type PTR | ForEach-Object Data | Sort-Object | Should -Be 'one.test.', 'theirs.test.'
    (Get-ErrorOf { Enable-ZoneProxy ours.test }).FullyQualifiedErrorId | Should -BeLike 'Invalid*'
  }

  It 'is exported and imported with its groups' {
    $null = New-CommonSetting gold
    $null = New-CatalogZone ours.test -Producer -Group @{ g = 'gold' } -GracePeriod 2:0:0
    $file = Join-Path (Split-Path $env:MANAGEDDNS_STORE) exported.json
    Export-ManagedDnsConfiguration $file
    Remove-CatalogZone ours.test -Confirm:$false
    $null = Import-ManagedDnsConfiguration $file
    $catalog = Get-CatalogZone ours.test
    "$($catalog.Group.g) $($catalog.GracePeriod)" | Should -Be 'gold 02:00:00'
  }

  It 'names the command that makes a zone a catalog when it is none' {
    $null = New-ManagedZone one.test
    (Get-ErrorOf { Set-CatalogZone one.test -GracePeriod 0 }).ErrorDetails.RecommendedAction | Should -BeLike '*New-CatalogZone*'
  }
}
