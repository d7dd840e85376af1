BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'ZoneProxy' {
  BeforeEach { New-TestStore }
  AfterEach { Remove-TestStore }

  It 'is off for a new zone and on when it is told, although nothing can be transferred' {
    $null = New-PrimaryNameServer home -Address 127.0.0.1 -Port 9
    $null = New-ManagedZone example.com
    (Get-ZoneProxy example.com).Enabled | Should -BeFalse
    Enable-PrimaryNameServer home -WarningAction Ignore
    Enable-ZoneProxy example.com -WarningVariable warnings -WarningAction SilentlyContinue
    (Get-ZoneProxy example.com).Enabled | Should -BeTrue
    "$warnings" | Should -Not -BeNullOrEmpty
    Disable-ZoneProxy example.com -Confirm:$false
    (Get-ZoneProxy example.com).Enabled | Should -BeFalse
  }

  It 'takes zones by wildcard from the pipeline' {
    'acme1.example', 'acme2.example', 'other.example' | New-ManagedZone | Out-Null
    Get-ManagedZone acme* -WarningAction Ignore | Enable-ZoneProxy -WarningAction Ignore
    (Get-ZoneProxy | Where-Object Enabled).Name | Should -Be 'acme1.example', 'acme2.example'
  }

  It 'tells in its health check what is wrong and what to do' {
    $null = New-PrimaryNameServer home -Address 127.0.0.1 -Port 9
    Enable-PrimaryNameServer home -WarningAction Ignore
    $null = New-ManagedZone example.com
    $failed = Test-ZoneProxy example.com | Where-Object Result -EQ Failed
    $failed | Should -Not -BeNullOrEmpty
    $failed[0].Remedy | Should -Not -BeNullOrEmpty
    Test-ZoneProxy example.com -Quiet | Should -BeFalse
  }

  It 'names New-ManagedZone for a zone that is not there' {
    (Get-ErrorOf { Enable-ZoneProxy nowhere.example }).ErrorDetails.RecommendedAction | Should -Match 'New-ManagedZone'
  }
}
