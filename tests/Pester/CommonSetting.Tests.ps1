BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'CommonSetting' {
  BeforeEach { New-TestStore }
  AfterEach { Remove-TestStore }

  It 'has Default from the start' {
    (Get-CommonSetting).Name | Should -Be 'Default'
  }

  It 'makes another one the default with -Default' {
    $null = New-CommonSetting Customers -Default
    (New-ManagedZone example.com).CommonSetting | Should -Be 'Customers'
  }

  It 'copies what the other holds' {
    $null = New-TsigKey k.example
    Add-ZoneTransferAcl -Network 192.0.2.0/24 -TsigKey k.example
    Add-NotifyTarget -Address 192.0.2.53
    Copy-CommonSetting Default Copy
    (Get-ZoneTransferAcl -CommonSetting Copy).Network | Should -Be '192.0.2.0/24'
    (Get-NotifyTarget -CommonSetting Copy).Address | Should -Be '192.0.2.53'
  }

  It 'names the zones that use it when it cannot be removed' {
    $null = New-CommonSetting Customers
    $null = New-ManagedZone example.com -CommonSetting Customers
    $failure = Get-ErrorOf { Remove-CommonSetting Customers -Confirm:$false }
    $failure.FullyQualifiedErrorId | Should -BeLike 'InUse*'
    $failure.Exception.Message | Should -Match 'example\.com'
  }

  It 'names New-CommonSetting for one that is not there' {
    $failure = Get-ErrorOf { New-ManagedZone example.com -CommonSetting Nobody }
    $failure.FullyQualifiedErrorId | Should -BeLike 'Unknown*'
    $failure.ErrorDetails.RecommendedAction | Should -Match 'New-CommonSetting'
  }
}
