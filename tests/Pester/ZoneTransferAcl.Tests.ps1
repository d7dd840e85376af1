BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'ZoneTransferAcl' {
  BeforeEach { New-TestStore }
  AfterEach { Remove-TestStore }

  It 'takes networks and single addresses of both families' {
    '192.0.2.0/24', '2001:db8::/32', '198.51.100.7' | ForEach-Object { Add-ZoneTransferAcl -Network $_ }
    Get-ZoneTransferAcl | Should -HaveCount 3
  }

  It 'is removed through the pipeline' {
    Add-ZoneTransferAcl -Network 192.0.2.0/24
    Get-ZoneTransferAcl | Remove-ZoneTransferAcl -Confirm:$false
    Get-ZoneTransferAcl | Should -BeNullOrEmpty
  }

  It 'says what is wrong with <_>' -ForEach 'nonsense', '192.0.2.0/33', '192.0.2.1/24/7' {
    (Get-ErrorOf { Add-ZoneTransferAcl -Network $_ }).ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
  }
}
