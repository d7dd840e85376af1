BeforeAll {
  . $PSScriptRoot/Setup.ps1

  # A second ManagedDns as the primary of example.com on a free port, with the key k.example.
  function Start-Primary {
    $script:primary = "$env:MANAGEDDNS_STORE-primary"
    $script:file = New-TestZoneFile example.com
    $null = New-ManagedZone example.com -ZoneFile $file -StorePath $primary
    $key = Join-Path (Split-Path $env:MANAGEDDNS_STORE) k
    Set-Content $key (Export-TsigKey k.example -For Bind9)
    $null = Import-TsigKey $key -StorePath $primary
    Add-ZoneTransferAcl -Network 127.0.0.1 -TsigKey k.example -StorePath $primary
    Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0 -StorePath $primary
    $null = Start-SecondaryServer -StorePath $primary
    $null = Wait-ZoneSerial example.com 1 -StorePath $primary
    ([Net.IPEndPoint] (Get-SecondaryServer -StorePath $primary).EndPoints[0]).Port
  }
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
