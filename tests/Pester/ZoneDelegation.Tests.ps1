BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'ZoneDelegation' {
  BeforeEach { New-TestStore }
  AfterEach { Remove-TestStore }

  It 'gives what to hand to the registrar as objects and as text' {
    $null = New-ManagedNameServer ns1.example.net 192.0.2.1
    $null = New-ManagedZone example.com
    $registration = Get-ZoneRegistration example.com -WarningAction Ignore
    $registration.NameServers | Should -Be ns1.example.net
    "$registration" | Should -Be 'example.com. IN NS ns1.example.net.'
  }

  It 'says so when the parent cannot be asked' {
    $null = New-ManagedZone example.com
    $check = Test-ZoneDelegation example.com -Resolver 127.0.0.1:9
    $check.Result | Should -Be Warning
    $check.Remedy | Should -Match '-Resolver'
  }
}
