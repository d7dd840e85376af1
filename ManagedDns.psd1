@{
  RootModule             = 'out/module/ManagedDns.dll'
  NestedModules          = @('src/ManagedDns/RequireBuild.psm1')
  FormatsToProcess       = @('src/ManagedDns/ManagedDns.Format.ps1xml')
  ModuleVersion          = '0.1.0'
  GUID                   = '5b0f5a4e-6a0c-4f43-9d0d-0c8d0f6a7c31'
  Author                 = 'The ManagedDns authors'
  CompanyName            = 'The ManagedDns authors'
  Copyright              = 'Copyright (c) 2026 The ManagedDns authors. MIT licence.'
  Description            = 'Runs a managed secondary name server: zones come from your own primary by AXFR/IXFR with TSIG and NOTIFY, are checked, and served.'
  PowerShellVersion      = '7.6'
  CompatiblePSEditions   = @('Core')
  CmdletsToExport        = @(
    'New-TsigKey', 'Get-TsigKey', 'Set-TsigKey', 'Remove-TsigKey', 'Import-TsigKey', 'Export-TsigKey',
    'Start-TsigKeyRollover', 'Get-TsigKeyUse', 'Complete-TsigKeyRollover', 'Stop-TsigKeyRollover',
    'New-CommonSetting', 'Get-CommonSetting', 'Set-CommonSetting', 'Copy-CommonSetting', 'Remove-CommonSetting',
    'New-PrimaryNameServer', 'Get-PrimaryNameServer', 'Set-PrimaryNameServer', 'Enable-PrimaryNameServer', 'Disable-PrimaryNameServer', 'Remove-PrimaryNameServer',
    'Get-PrimaryConfigurationExample',
    'Add-ZoneTransferAcl', 'Get-ZoneTransferAcl', 'Remove-ZoneTransferAcl',
    'Add-NotifyTarget', 'Get-NotifyTarget', 'Remove-NotifyTarget',
    'New-ManagedZone', 'Get-ManagedZone', 'Set-ManagedZone', 'Remove-ManagedZone', 'Export-ManagedZone',
    'Resolve-ManagedZoneRecord', 'Get-ManagedZoneRecord',
    'New-CatalogZone', 'Get-CatalogZone', 'Set-CatalogZone', 'Remove-CatalogZone', 'Get-CatalogMember', 'Restore-CatalogMember',
    'Get-ZoneProxy', 'Enable-ZoneProxy', 'Disable-ZoneProxy', 'Test-ZoneProxy', 'Get-ZoneProxyHistory',
    'Test-ZoneDelegation', 'Get-ZoneRegistration',
    'Get-ZoneTransfer', 'Test-ZoneTransfer', 'Start-ZoneTransfer',
    'Wait-ZoneSerial',
    'Get-ZoneVersion', 'Compare-ZoneVersion', 'Approve-ZoneVersion',
    'New-SigningPolicy', 'Get-SigningPolicy', 'Set-SigningPolicy', 'Remove-SigningPolicy',
    'Enable-ZoneSigning', 'Disable-ZoneSigning', 'Get-ZoneSigning', 'Get-ZoneSigningKey', 'Start-ZoneKeyRollover', 'Get-DsRecord', 'Test-DsRecord',
    'Import-ZoneSigningKey', 'Export-ZoneSigningKey',
    'New-ManagedNameServer', 'Get-ManagedNameServer', 'Set-ManagedNameServer', 'Remove-ManagedNameServer',
    'Export-ManagedDnsConfiguration', 'Import-ManagedDnsConfiguration', 'Backup-ManagedDnsStore', 'Restore-ManagedDnsStore', 'Reset-ManagedDnsStoreKey',
    'Get-SecondaryServer', 'Set-SecondaryServer', 'Start-SecondaryServer', 'Stop-SecondaryServer', 'Restart-SecondaryServer',
    'Register-SecondaryServer', 'Unregister-SecondaryServer'
  )
  FunctionsToExport      = @()
  VariablesToExport      = @()
  AliasesToExport        = @()
  PrivateData            = @{
    PSData = @{
      Tags         = @('DNS', 'Secondary', 'NameServer', 'AXFR', 'IXFR', 'TSIG', 'NOTIFY', 'DNSSEC', 'Linux', 'Windows', 'MacOS')
      LicenseUri   = 'https://opensource.org/license/mit'
      ReleaseNotes = 'The first version: zones transferred with TSIG and NOTIFY, and served.'
    }
  }
}
