BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'ManagedZone' {
  BeforeEach { New-TestStore }
  AfterEach { Remove-TestStore }

  It 'reads names as people write them: <Given>' -ForEach @(
    @{ Given = 'example.com'; Kept = 'example.com' }
    @{ Given = 'example.com.'; Kept = 'example.com' }
    @{ Given = 'bücher.example'; Kept = 'xn--bcher-kva.example' }
  ) {
    (New-ManagedZone $Given).Name | Should -Be $Kept
  }

  It 'says why <_> is no zone name' -ForEach 'a..b', '', "$('x' * 64).example" {
    { New-ManagedZone $_ } | Should -Throw
    Get-ManagedZone | Should -BeNullOrEmpty
  }

  It 'takes a thousand names from the pipeline' {
    1..1000 | ForEach-Object { "z$_.example" } | New-ManagedZone | Should -HaveCount 1000
    Get-ManagedZone z99*.example | Should -HaveCount 11
  }

  It 'applies another common setting' {
    $null = New-CommonSetting Customers
    $null = New-ManagedZone example.com
    Set-ManagedZone example.com -CommonSetting Customers
    (Get-ManagedZone example.com).CommonSetting | Should -Be 'Customers'
  }

  It 'is removed only when it is meant' {
    $null = New-ManagedZone example.com
    Remove-ManagedZone example.com -WhatIf
    Get-ManagedZone | Should -HaveCount 1
    Remove-ManagedZone example.com -Confirm:$false
    Get-ManagedZone | Should -BeNullOrEmpty
  }

  It 'exports what it serves' {
    $null = New-ManagedZone example.com -ZoneFile (New-TestZoneFile example.com)
    Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0
    $null = Start-SecondaryServer
    Wait-ZoneSerial example.com 1
    $file = Join-Path (Split-Path $env:MANAGEDDNS_STORE) exported
    Export-ManagedZone example.com -Path $file
    (Get-Content $file -Raw) | Should -Match 'www.*192\.0\.2\.1'
    (Get-ManagedZoneRecord example.com).Count | Should -Be 4
  }
}
