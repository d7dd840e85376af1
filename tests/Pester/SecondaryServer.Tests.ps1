BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'SecondaryServer' {
  BeforeEach { New-TestStore; Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0 }
  AfterEach { Remove-TestStore }

  It 'starts, tells its port, answers and stops' {
    $null = New-ManagedZone example.com -ZoneFile (New-TestZoneFile example.com)
    $server = Start-SecondaryServer -PassThru
    $server.State | Should -Be 'Running'
    ([Net.IPEndPoint] $server.EndPoints[0]).Port | Should -BeGreaterThan 0
    Wait-ZoneSerial example.com 1
    Stop-SecondaryServer
    (Get-SecondaryServer).State | Should -Be 'Stopped'
  }

  It 'says so when it runs already' {
    $null = Start-SecondaryServer
    $first = (Get-SecondaryServer).ProcessId
    $null = Start-SecondaryServer -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
    (Get-SecondaryServer).ProcessId | Should -Be $first
  }

  It 'fails with the reason and the remedy when the port is taken, and leaves nothing behind' {
    $taken = [Net.Sockets.UdpClient]::new([Net.IPEndPoint]::new([Net.IPAddress]::Loopback, 0))
    try {
      Set-SecondaryServer -Port $taken.Client.LocalEndPoint.Port
      $failure = Get-ErrorOf { Start-SecondaryServer }
      $failure.FullyQualifiedErrorId | Should -BeLike 'PortInUse*'
      $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
      (Get-SecondaryServer).State | Should -Be 'Failed'
    }
    finally { $taken.Dispose() }
  }

  It 'restarts as another process' {
    $null = Start-SecondaryServer
    $first = (Get-SecondaryServer).ProcessId
    Restart-SecondaryServer
    (Get-SecondaryServer).ProcessId | Should -Not -Be $first
  }
}
