BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'SigningPolicy' {
  BeforeEach { New-TestStore }
  AfterEach { Remove-TestStore }

  It 'has a default that nobody has to make' {
    $policy = Get-SigningPolicy
    "$($policy.Name) $($policy.Algorithm) $($policy.Denial) $($policy.SplitKeys)" | Should -Be 'Default EcdsaP256Sha256 Nsec False'
  }

  It 'is made, changed through the pipeline and removed' {
    $null = New-SigningPolicy strict -Algorithm Ed25519 -SplitKeys -Denial Nsec3
    Get-SigningPolicy str* | Set-SigningPolicy -Validity 20.0:0:0
    $policy = Get-SigningPolicy strict
    "$($policy.Algorithm) $($policy.SplitKeys) $($policy.Denial) $($policy.Validity.Days)" | Should -Be 'Ed25519 True Nsec3 20'
    Remove-SigningPolicy strict -Confirm:$false
    Get-SigningPolicy | Should -HaveCount 1
  }

  It 'names the zones that keep it from being removed, and those that -WhatIf would change' {
    $null = New-SigningPolicy strict
    $null = New-ManagedZone example.com -HiddenPrimary
    Enable-ZoneSigning example.com -SigningPolicy strict
    (Get-ErrorOf { Remove-SigningPolicy strict -Confirm:$false }).FullyQualifiedErrorId | Should -BeLike 'InUse*'
    $told = & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command "Import-Module '$PSScriptRoot/../../ManagedDns.psd1'; Set-SigningPolicy strict -SplitKeys -WhatIf"
    $told | Should -BeLike "*Signing policy 'strict' of 1 zone: example.com*"
    (Get-SigningPolicy strict).SplitKeys | Should -BeFalse
  }

  It 'says what a span of time looks like' {
    (Get-ErrorOf { Set-SigningPolicy Default -Validity 14 }).Exception.Message | Should -BeLike '*2.00:00:00*'
    (Get-ErrorOf { Set-SigningPolicy Default -RenewBefore 20.0:0:0 }).ErrorDetails.RecommendedAction | Should -BeLike '*-Validity*'
  }
}
