BeforeDiscovery {
  Import-Module (Join-Path $PSScriptRoot '../../ManagedDns.psd1') -Force
  $commands = (Get-Command -Module ManagedDns).Name
}
BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'Help of <_>' -ForEach $commands {
  It 'has a synopsis and an example' {
    $help = Get-Help $_
    $help.Synopsis | Should -Not -BeNullOrEmpty
    $help.Synopsis | Should -Not -Match '\['
    @($help.examples.example).Count | Should -BeGreaterThan 0
  }
}

Describe 'Topics' {
  It 'has <_>' -ForEach 'about_ManagedDns', 'about_ManagedDns_HiddenPrimary', 'about_ManagedDns_Troubleshooting' {
    Get-Help $_ | Out-String | Should -Match $_
  }
}
