BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'ManagedNameServer' {
  BeforeEach { New-TestStore }
  AfterEach { Remove-TestStore }

  It 'keeps a host name with its addresses' {
    $null = New-ManagedNameServer ns1.example.net -Address 192.0.2.1, 2001:db8::1
    (Get-ManagedNameServer).Address | Should -HaveCount 2
  }

  It 'changes and goes' {
    $null = New-ManagedNameServer ns1.example.net -Address 192.0.2.1
    Set-ManagedNameServer ns1.example.net -Address 192.0.2.2
    "$((Get-ManagedNameServer).Address)" | Should -Be '192.0.2.2'
    Remove-ManagedNameServer ns1.example.net -Confirm:$false
    Get-ManagedNameServer | Should -BeNullOrEmpty
  }

  Context 'Get-PrimaryConfigurationExample' {
    It 'prints for <_> what to put on the primary' -ForEach Bind9, Nsd, Knot, PowerDns, WindowsDns {
      $null = New-TsigKey k.example
      $null = New-PrimaryNameServer home -Address 192.0.2.53 -TsigKey k.example
      $null = New-ManagedZone example.com
      Set-SecondaryServer -ListenAddress 198.51.100.7
      $text = Get-PrimaryConfigurationExample -Zone example.com -For $_ | Out-String
      $text | Should -Match 'example\.com'
      $text | Should -Match '198\.51\.100\.7'
      if ($_ -ne 'WindowsDns') { $text | Should -Match 'k\.example' }
    }
  }
}
