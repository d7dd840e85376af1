BeforeAll {
  . $PSScriptRoot/Setup.ps1
}

Describe 'ZoneTransfer' {
  BeforeEach {
    New-TestStore
    $null = New-TsigKey k.example
    $port = Start-Primary
    $null = New-PrimaryNameServer home -Address 127.0.0.1 -Port $port -TsigKey k.example
    $null = New-ManagedZone example.com
    Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0
  }

  AfterEach {
    Stop-SecondaryServer -StorePath $primary
    Remove-TestStore
  }

  It 'is tried without keeping anything' {
    Test-ZoneTransfer example.com -Quiet | Should -BeTrue
    Get-ZoneTransfer example.com | Should -BeNullOrEmpty
  }

  It 'says that the primary does not know the key' {
    $null = New-TsigKey stranger.example
    Set-PrimaryNameServer home -TsigKey stranger.example
    (Test-ZoneTransfer example.com).Reason | Should -Be 'BadKey'
  }

  It 'brings the zone and every change when it is asked for, and keeps the history' {
    Enable-PrimaryNameServer home
    Enable-ZoneProxy example.com
    $null = Start-SecondaryServer
    Wait-ZoneSerial example.com 1
    Test-ZoneProxy example.com -Quiet | Should -BeTrue

    $null = New-TestZoneFile example.com 2
    Start-ZoneTransfer example.com -StorePath $primary
    Wait-ZoneSerial example.com 2 -StorePath $primary
    Start-ZoneTransfer example.com -Wait
    Wait-ZoneSerial example.com 2
    (Get-ZoneTransfer example.com | Where-Object Direction -EQ In).Count | Should -BeGreaterOrEqual 2
  }
}
