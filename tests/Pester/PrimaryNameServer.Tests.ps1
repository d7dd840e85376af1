BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'PrimaryNameServer' {
  BeforeEach { New-TestStore }
  AfterEach { Remove-TestStore }

  It 'is registered disabled, and there is no way to enable it at creation' {
    (New-PrimaryNameServer home -Address 192.0.2.1).Enabled | Should -BeFalse
    (Get-Command New-PrimaryNameServer).Parameters.Keys | Should -Not -Contain 'Enabled'
  }

  It 'is enabled although the probe fails, with a warning that says why' {
    $null = New-PrimaryNameServer home -Address 127.0.0.1 -Port 9
    $null = New-ManagedZone example.com
    Enable-PrimaryNameServer home -WarningVariable warnings -WarningAction SilentlyContinue
    (Get-PrimaryNameServer home).Enabled | Should -BeTrue
    "$warnings" | Should -Match '127\.0\.0\.1:9'
  }

  It 'keeps members that match parameters: Get | Set changes nothing else' {
    $null = New-PrimaryNameServer home -Address 192.0.2.1 -Port 5353 -Priority 3
    Get-PrimaryNameServer home | Set-PrimaryNameServer -Port 54
    $primary = Get-PrimaryNameServer home
    $primary.Port | Should -Be 54
    $primary.Priority | Should -Be 3
    "$($primary.Address)" | Should -Be '192.0.2.1'
  }

  It 'names New-PrimaryNameServer when an unknown one is set' {
    $failure = Get-ErrorOf { Set-PrimaryNameServer nobody -Port 54 }
    $failure.FullyQualifiedErrorId | Should -BeLike 'Unknown*'
    $failure.ErrorDetails.RecommendedAction | Should -Match 'New-PrimaryNameServer'
  }

  It 'tells an unknown key name apart' {
    $failure = Get-ErrorOf { New-PrimaryNameServer home -Address 192.0.2.1 -TsigKey nobody.example }
    $failure.FullyQualifiedErrorId | Should -BeLike 'Unknown*'
    $failure.ErrorDetails.RecommendedAction | Should -Match 'New-TsigKey'
  }

  It 'writes nothing with -WhatIf' {
    New-PrimaryNameServer home -Address 192.0.2.1 -WhatIf
    Get-PrimaryNameServer | Should -BeNullOrEmpty
  }
}
