BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'ManagedDnsConfiguration' {
  BeforeEach {
    New-TestStore
    $null = New-CommonSetting customers
    $null = New-ManagedZone example.com customers
    $file = Join-Path (Split-Path $env:MANAGEDDNS_STORE) configuration.json
    $other = Join-Path (Split-Path $env:MANAGEDDNS_STORE) other
  }
  AfterEach { Remove-TestStore }

  It 'makes the same settings elsewhere' {
    Export-ManagedDnsConfiguration $file
    Import-ManagedDnsConfiguration $file -StorePath $other
    (Get-ManagedZone -StorePath $other).CommonSetting | Should -Be customers
  }

  It 'shows the difference with -WhatIf and makes nothing' {
    Export-ManagedDnsConfiguration $file
    Import-ManagedDnsConfiguration $file -StorePath $other -WhatIf
    $other | Should -Not -Exist
  }

  It 'restores a backup on another store' {
    $backup = Backup-ManagedDnsStore (Join-Path (Split-Path $env:MANAGEDDNS_STORE) backup)
    $backup | Restore-ManagedDnsStore -StorePath $other -Confirm:$false
    (Get-ManagedZone -StorePath $other).Name | Should -Be example.com
  }
}
