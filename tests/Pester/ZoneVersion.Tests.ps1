BeforeAll {
  . $PSScriptRoot/Setup.ps1
}

Describe 'ZoneVersion' {
  BeforeEach {
    New-TestStore
    Start-Secondary

    # The primary's next version, taken up by us as far as we do.
    function Push-Version([int] $Serial, [string[]] $More = @()) {
      $null = New-TestZoneFile example.com $Serial -More $More
      Start-ZoneTransfer example.com -StorePath $primary
      Wait-ZoneSerial example.com $Serial -StorePath $primary
      Start-ZoneTransfer example.com
    }
  }

  AfterEach {
    Stop-SecondaryServer -StorePath $primary
    Remove-TestStore
  }

  It 'shows the versions, newest first, and what changed between them' {
    Push-Version 2
    Wait-ZoneSerial example.com 2
    Push-Version 3
    Wait-ZoneSerial example.com 3
    Wait-Until { (Get-ZoneVersion example.com).Serial -contains 3 }

    $versions = Get-ZoneVersion example.com
    $versions.Serial | Should -Be 3, 2, 1
    $versions.State | Should -Be Current, Earlier, Earlier
    $versions.RecordCount | Should -Be 4, 4, 4
    (Compare-ZoneVersion example.com | Where-Object Type -EQ A | ForEach-Object ToString) |
      Should -Be '- www.example.com 300 IN A 192.0.2.2', '+ www.example.com 300 IN A 192.0.2.3'
    (Compare-ZoneVersion example.com 1 3 | Where-Object Type -EQ A).Data | Should -Be 192.0.2.1, 192.0.2.3
    (Get-ManagedZoneRecord example.com www.example.com).Data | Should -Be 192.0.2.3
    (Get-ErrorOf { Compare-ZoneVersion example.com 7 }).FullyQualifiedErrorId | Should -BeLike 'Invalid*'
  }

  It 'keeps a version that a check rejected, and publishes it when it is approved' {
    Set-CommonSetting Default -ExclusiveRecordCheck Off -StorePath $primary
    Push-Version 2 'www CNAME elsewhere.example.'
    # The version is kept first, then it is told.
    Wait-Until { (Get-ZoneProxy example.com).Reason -eq 'RejectedContent' }
    (Get-ZoneVersion example.com -Rejected).Serial | Should -Be 2
    (Compare-ZoneVersion example.com -Rejected | Where-Object Type -EQ CNAME).Change | Should -Be Added
    (Get-ErrorOf { Wait-ZoneSerial example.com 2 -Timeout 1 }) | Should -Not -BeNullOrEmpty

    Approve-ZoneVersion example.com -Confirm:$false
    Wait-ZoneSerial example.com 2
    Wait-Until { -not (Get-ZoneVersion example.com -Rejected) }
  }

  It 'says that there is nothing to approve' {
    (Get-ErrorOf { Approve-ZoneVersion example.com -Confirm:$false }).FullyQualifiedErrorId | Should -BeLike 'Invalid*'
  }
}
