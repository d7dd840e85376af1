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

  It 'is shown with what one looks for first, and all of it on demand' {
    $null = Start-SecondaryServer
    $shown = (Get-SecondaryServer | Out-String).Trim() -split "`n"
    $shown[0] | Should -Match '^State +: Running'
    $shown | Should -HaveCount 11
    $shown -match '^NotifyAddress' | Should -Not -BeNullOrEmpty
    (Get-SecondaryServer | Format-List * | Out-String) | Should -Match 'TcpIdleTimeout'
  }

  It 'restarts as another process' {
    $null = Start-SecondaryServer
    $first = (Get-SecondaryServer).ProcessId
    Restart-SecondaryServer
    (Get-SecondaryServer).ProcessId | Should -Not -Be $first
  }

  It 'keeps cookies, the rate limit and what it tells of itself, and changes of them only what is given' {
    $secret = [Security.SecureString]::new()
    foreach ($digit in '00112233445566778899aabbccddeeff'.ToCharArray()) { $secret.AppendChar($digit) }
    Set-SecondaryServer -NodeName node-a -VersionText 'ask nobody' -CookieEnabled $true -CookieSecret $secret -RateLimit 50 -RateLimitSlip 3 -RateLimitExempt 192.0.2.0/24
    Set-SecondaryServer -RateLimitWindow 5
    $server = Get-SecondaryServer
    $server.VersionText | Should -Be 'ask nobody'
    $server.CookieEnabled | Should -BeTrue
    $server.RateLimit, $server.RateLimitWindow, $server.RateLimitSlip | Should -Be 50, 5, 3
    $server.RateLimitExempt | Should -Be '192.0.2.0/24'
    Set-SecondaryServer -RateLimit 0 -CookieEnabled $false
    (Get-SecondaryServer).RateLimit | Should -Be 0
    (Get-SecondaryServer).CookieEnabled | Should -BeFalse
    Get-SecondaryServer | Set-SecondaryServer
    (Get-SecondaryServer).VersionText | Should -Be 'ask nobody'
  }

  It 'rejects a cookie secret that is none without telling it' {
    $secret = [Security.SecureString]::new()
    foreach ($digit in 'nonsense'.ToCharArray()) { $secret.AppendChar($digit) }
    $failure = Get-ErrorOf { Set-SecondaryServer -CookieSecret $secret }
    $failure.Exception.Message | Should -Not -BeLike '*nonsense*'
  }

  It 'answers version.bind with the text set, once it is set' {
    $server = Start-SecondaryServer -PassThru
    $client = [Net.Sockets.UdpClient]::new()
    $client.Client.ReceiveTimeout = 30000
    $client.Connect([Net.IPEndPoint] $server.EndPoints[0])
    $query = [byte[]] (0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7) + [Text.Encoding]::ASCII.GetBytes('version') + [byte[]] (4) + [Text.Encoding]::ASCII.GetBytes('bind') + [byte[]] (0, 0, 16, 0, 3)
    $from = [Net.IPEndPoint]::new([Net.IPAddress]::Any, 0)
    try {
      $null = $client.Send($query, $query.Length)
      $client.Receive([ref] $from)[3] -band 15 | Should -Be 5
      Set-SecondaryServer -VersionText 'ask nobody'
      Wait-Until { $null = $client.Send($query, $query.Length); [Text.Encoding]::ASCII.GetString($client.Receive([ref] $from)) -like '*ask nobody' }
    }
    finally { $client.Dispose() }
  }
}
