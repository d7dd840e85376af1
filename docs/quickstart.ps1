# The main job on this machine, on real sockets, in under a minute: a primary with a zone file, and a managed secondary that transfers the zone with
# TSIG, answers for it, and follows a change by NOTIFY. It works in a temporary folder and leaves nothing behind.
#
#   dotnet run --project src/ManagedDns.Console -- -File docs/quickstart.ps1      (builds all first; needs no PowerShell)
#   pwsh docs/quickstart.ps1                                                      (after dotnet build)

$ErrorActionPreference = 'Stop'
if (-not (Get-Module ManagedDns)) { Import-Module ([IO.Path]::Combine($PSScriptRoot, '..', 'ManagedDns.psd1')) }

# Says what is done, then shows and runs each command.
function Step([string] $Text, [Parameter(ValueFromRemainingArguments)] [scriptblock[]] $Commands) {
  "`n# $Text" | Out-Host
  foreach ($command in $Commands) {
    "> $("$command".Trim())" | Out-Host
    & $command | Out-Host
  }
}

# A check that ends the script: what is shown above must be so.
function Confirm-That($Holds, [string] $Text) {
  if (-not $Holds) { throw "This was to be, and is not: $Text" }
  "  ok: $Text" | Out-Host
}

function Write-Zone([int] $Serial, [string] $Address) {
  [IO.File]::WriteAllText($zoneFile, @"
`$ORIGIN example.com.
`$TTL 300
@    IN SOA ns1 hostmaster $Serial 3600 600 86400 300
@    IN NS  ns1
ns1  IN A   127.0.0.1
www  IN A   $Address
"@)
}

$started = [DateTime]::UtcNow
$folder = [IO.Directory]::CreateTempSubdirectory('manageddns-quickstart-').FullName
$zoneFile = [IO.Path]::Combine($folder, 'example.com.zone')
$keyFile = [IO.Path]::Combine($folder, 'transfer.key')
$primary = [IO.Path]::Combine($folder, 'primary')
$callersStore = $env:MANAGEDDNS_STORE

# The store of the secondary: cmdlets without -StorePath mean this one.
$env:MANAGEDDNS_STORE = [IO.Path]::Combine($folder, 'secondary')

try {
  "== The primary. Yours is BIND, NSD, Knot, PowerDNS or Windows DNS; here a second ManagedDns plays it, from a zone file." | Out-Host
  Write-Zone -Serial 1 -Address 192.0.2.1
  Step 'A zone that comes from a master file, on a free port of this machine.' `
    { New-ManagedZone example.com -ZoneFile $zoneFile -StorePath $primary } `
    { Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0 -StorePath $primary } `
    { Start-SecondaryServer -StorePath $primary }
  $primaryPort = ([Net.IPEndPoint] (Get-SecondaryServer -StorePath $primary).EndPoints[0]).Port

  "`n== The secondary, step by step." | Out-Host
  Step 'A key for the transfers. Its secret is shown once, here.' { New-TsigKey transfer.example.com }
  Step 'The primary is registered disabled: nothing is transferred from it yet.' { New-PrimaryNameServer home -Address 127.0.0.1 -Port $primaryPort -TsigKey transfer.example.com }
  Step 'The zone, and the host name under which we serve it.' `
    { New-ManagedZone example.com } `
    { New-ManagedNameServer ns1.example.com -Address 127.0.0.1 }
  Step 'Where to listen, and the server: a process of its own, which outlives this session.' `
    { Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0 } `
    { Start-SecondaryServer -PassThru }
  $secondaryPort = ([Net.IPEndPoint] (Get-SecondaryServer).EndPoints[0]).Port
  Step 'What a BIND primary would have to be told (-For knows Nsd, Knot, PowerDns and WindowsDns too).' { Get-PrimaryConfigurationExample -Zone example.com -For Bind9 }

  Step 'May we transfer the zone? Not yet: the primary knows neither us nor the key.' { Test-ZoneTransfer -Zone example.com -PrimaryNameServer home }
  Confirm-That (-not (Test-ZoneTransfer example.com -Quiet)) 'the primary refuses a key that it does not know'

  Step 'On the primary: the key, the permission to transfer, and whom to notify.' `
    { [IO.File]::WriteAllText($keyFile, (Export-TsigKey transfer.example.com -For Bind9)) } `
    { Import-TsigKey $keyFile -StorePath $primary } `
    { Add-ZoneTransferAcl -Network 127.0.0.1 -TsigKey transfer.example.com -StorePath $primary } `
    { Add-NotifyTarget -Address 127.0.0.1 -Port $secondaryPort -TsigKey transfer.example.com -StorePath $primary }
  # The primary's server takes its settings up within a fifth of a second.
  for ($try = 0; -not (Test-ZoneTransfer example.com -Quiet) -and $try -lt 300; $try++) { [Threading.Thread]::Sleep(100) }
  Step 'Now we may.' { Test-ZoneTransfer -Zone example.com -PrimaryNameServer home }
  Confirm-That (Test-ZoneTransfer example.com -Quiet) 'the zone can be transferred with the key'

  Step 'Enable the primary, then the proxy: from now on the zone comes by transfer.' `
    { Enable-PrimaryNameServer home } `
    { Enable-ZoneProxy example.com } `
    { Wait-ZoneSerial example.com -Serial 1 -Timeout 60 } `
    { Get-ZoneProxy example.com }
  Step 'The health check; the parent is left out, because example.com is not ours.' { Test-ZoneProxy example.com -SkipDelegation }
  Confirm-That (Test-ZoneProxy example.com -Quiet -SkipDelegation) 'no check has failed'

  Step 'An answer, over UDP and over TCP.' `
    { Resolve-ManagedZoneRecord www.example.com -Type A } `
    { Resolve-ManagedZoneRecord www.example.com -Type A -Tcp }
  Confirm-That ((Resolve-ManagedZoneRecord www.example.com -Tcp).Answer -match '192\.0\.2\.1$') 'www.example.com is 192.0.2.1'

  "`n== A change on the primary." | Out-Host
  Write-Zone -Serial 2 -Address 192.0.2.2
  Step 'The zone file has a new address and serial 2. The primary reads it and sends NOTIFY; the secondary transfers it.' `
    { Start-ZoneTransfer example.com -StorePath $primary } `
    { Wait-ZoneSerial example.com -Serial 2 -Timeout 60 } `
    { Resolve-ManagedZoneRecord www.example.com } `
    { Get-ZoneTransfer example.com }
  Confirm-That ((Resolve-ManagedZoneRecord www.example.com).Answer -match '192\.0\.2\.2$') 'www.example.com is 192.0.2.2'
  Confirm-That ($null -ne (Get-ZoneProxy example.com).LastNotify) 'the change was announced by NOTIFY'

  "`nAll done in $([int]([DateTime]::UtcNow - $started).TotalSeconds) seconds. Your own zone: README.md." | Out-Host
}
finally {
  "`n== Stopping both servers, and leaving nothing behind." | Out-Host
  foreach ($store in $env:MANAGEDDNS_STORE, $primary) {
    if ((Get-SecondaryServer -StorePath $store).State -ne 'Stopped') { Stop-SecondaryServer -StorePath $store }
  }
  $env:MANAGEDDNS_STORE = $callersStore
  [IO.Directory]::Delete($folder, $true)
}
