BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'TsigKey' {
  BeforeEach { New-TestStore }
  AfterEach { Remove-TestStore }

  It 'makes a key with a secret of its own and shows it once' {
    $key = New-TsigKey transfer.example.com
    $key.Name | Should -Be 'transfer.example.com'
    $key.Algorithm | Should -Be 'HmacSha256'
    Export-TsigKey transfer.example.com -For Bind9 | Should -Match 'secret "[A-Za-z0-9+/=]{40,}"'
    (Get-TsigKey | Format-List * | Out-String) | Should -Not -Match ([regex]::Match((Export-TsigKey transfer.example.com -For Bind9), 'secret "(.+?)"').Groups[1].Value)
  }

  It 'knows the algorithm <_>' -ForEach HmacMd5, HmacSha1, HmacSha224, HmacSha256, HmacSha384, HmacSha512 {
    (New-TsigKey k.example -Algorithm $_).Algorithm | Should -Be $_
  }

  It 'takes back what it exports for <_>' -ForEach Bind9, Nsd, Knot {
    $null = New-TsigKey round.example -Algorithm HmacSha384
    $file = Join-Path (Split-Path $env:MANAGEDDNS_STORE) key
    $before = Export-TsigKey round.example -For $_
    Set-Content $file $before
    Remove-TsigKey round.example -Confirm:$false
    Import-TsigKey $file
    Export-TsigKey round.example -For $_ | Should -Be $before
  }

  It 'writes nothing with -WhatIf' {
    New-TsigKey k.example -WhatIf
    Get-TsigKey | Should -BeNullOrEmpty
  }

  It 'finds by wildcard and removes through the pipeline' {
    'a.example', 'b.example', 'c.test' | ForEach-Object { $null = New-TsigKey $_ }
    Get-TsigKey *.example | Should -HaveCount 2
    Get-TsigKey *.example | Remove-TsigKey -Confirm:$false
    (Get-TsigKey).Name | Should -Be 'c.test'
  }

  It 'names its users when it cannot be removed' {
    $null = New-TsigKey k.example
    $null = New-PrimaryNameServer home -Address 192.0.2.1 -TsigKey k.example
    $failure = Get-ErrorOf { Remove-TsigKey k.example -Confirm:$false }
    $failure.FullyQualifiedErrorId | Should -BeLike 'InUse*'
    $failure.Exception.Message | Should -Match 'home'
    $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
  }

  It 'refuses a name twice' {
    $null = New-TsigKey k.example
    (Get-ErrorOf { New-TsigKey K.EXAMPLE }).FullyQualifiedErrorId | Should -BeLike 'DuplicateName*'
  }
}
