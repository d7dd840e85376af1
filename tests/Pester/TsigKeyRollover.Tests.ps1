BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'TsigKeyRollover' {
  BeforeEach {
    New-TestStore
    Start-Secondary
  }

  AfterEach {
    Stop-SecondaryServer -StorePath $primary
    Remove-TestStore
  }

  It 'goes on with the old key until the primary has the new one, and only then lets the old one go' {
    $new = Start-TsigKeyRollover k.example
    $new.Secret | Should -Not -BeNullOrEmpty
    Start-ZoneTransfer example.com -Wait | Should -Not -BeNullOrEmpty
    (Get-ErrorOf { Complete-TsigKeyRollover k.example -Confirm:$false }).FullyQualifiedErrorId | Should -BeLike 'InUse*'

    Set-TsigKey k.example -Secret ([Net.NetworkCredential]::new('', $new.Secret).SecurePassword) -StorePath $primary
    # The primary takes its changed key up by itself, within moments.
    Wait-Until { $null = Start-ZoneTransfer example.com -Wait -ErrorAction Ignore; (Get-TsigKeyUse k.example | Where-Object Direction -EQ Sent).LastRole -eq 'Successor' }
    $key = Complete-TsigKeyRollover k.example -Confirm:$false -PassThru
    $key.Successor | Should -BeNullOrEmpty
    (Start-ZoneTransfer example.com -Wait).Reason | Should -Be None
  }

  It 'is given up without a trace' {
    $before = (Get-TsigKey k.example).Fingerprint
    $null = Start-TsigKeyRollover k.example
    Stop-TsigKeyRollover k.example -Confirm:$false
    $key = Get-TsigKey k.example
    "$($key.Fingerprint) $($key.Successor)" | Should -Be "$before "
  }
}
