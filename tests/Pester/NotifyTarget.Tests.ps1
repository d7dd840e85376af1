BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'NotifyTarget' {
  BeforeEach { New-TestStore }
  AfterEach { Remove-TestStore }

  It 'keeps address, port and key' {
    $null = New-TsigKey k.example
    Add-NotifyTarget -Address 192.0.2.53 -Port 5353 -TsigKey k.example
    $target = Get-NotifyTarget
    "$($target.Address) $($target.Port) $($target.TsigKey)" | Should -Be '192.0.2.53 5353 k.example'
  }

  It 'is removed through the pipeline' {
    Add-NotifyTarget -Address 192.0.2.53
    Get-NotifyTarget | Remove-NotifyTarget -Confirm:$false
    Get-NotifyTarget | Should -BeNullOrEmpty
  }

  It 'writes nothing with -WhatIf' {
    Add-NotifyTarget -Address 192.0.2.53 -WhatIf
    Get-NotifyTarget | Should -BeNullOrEmpty
  }
}
