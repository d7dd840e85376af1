# Dot-sourced by every suite: the module of this checkout, and a store of the suite's own for every test.
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot '../../ManagedDns.psd1') -Force

# An empty store; cmdlets without -StorePath mean it.
function New-TestStore {
  $env:MANAGEDDNS_STORE = Join-Path ([IO.Directory]::CreateTempSubdirectory('manageddns-pester-').FullName) store
}

function Remove-TestStore {
  if ($env:MANAGEDDNS_STORE -and (Get-SecondaryServer -ErrorAction Ignore).State -eq 'Running') { Stop-SecondaryServer }
  Remove-Item (Split-Path $env:MANAGEDDNS_STORE) -Recurse -Force
  Remove-Item Env:MANAGEDDNS_STORE
}

# A zone's master file in the store's folder, renamed into place: a server that watches it never reads half of it.
function New-TestZoneFile([string] $Zone, [int] $Serial = 1, [int] $Ttl = 300, [string[]] $More = @()) {
  $file = Join-Path (Split-Path $env:MANAGEDDNS_STORE) "$Zone.zone"
  Set-Content "$file.new" (@("`$ORIGIN $Zone.`n`$TTL $Ttl`n@ SOA ns1 hostmaster $Serial 3600 600 86400 $Ttl`n@ NS ns1`nns1 A 127.0.0.1`nwww A 192.0.2.$Serial") + $More)
  Move-Item "$file.new" $file -Force
  $file
}

# A port that is free on loopback over UDP and TCP, for a server that cannot be told 0. It lies below those that systems give out by themselves, so that no
# client takes it before the server does.
function Get-FreePort {
  for (;;) {
    $at = [Net.IPEndPoint]::new([ipaddress]::Loopback, (Get-Random -Minimum 10000 -Maximum 32000))
    $sockets = [Net.Sockets.Socket]::new('InterNetwork', 'Dgram', 'Udp'), [Net.Sockets.Socket]::new('InterNetwork', 'Stream', 'Tcp')
    try {
      foreach ($socket in $sockets) { $socket.Bind($at) }
      return $at.Port
    }
    catch [Net.Sockets.SocketException] { continue }
    finally { foreach ($socket in $sockets) { $socket.Dispose() } }
  }
}

# Runs a command that must fail and gives its error.
function Get-ErrorOf([scriptblock] $Command) {
  try { $null = & $Command } catch { return $_ }
  throw "Did not fail: $Command"
}

# A second ManagedDns as the primary of example.com on a free port, with the key k.example.
function Start-Primary {
  $script:primary = "$env:MANAGEDDNS_STORE-primary"
  $script:file = New-TestZoneFile example.com
  $null = New-ManagedZone example.com -ZoneFile $file -StorePath $primary
  $key = Join-Path (Split-Path $env:MANAGEDDNS_STORE) k
  Set-Content $key (Export-TsigKey k.example -For Bind9)
  $null = Import-TsigKey $key -StorePath $primary
  Add-ZoneTransferAcl -Network 127.0.0.1 -TsigKey k.example -StorePath $primary
  Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0 -StorePath $primary
  $null = Start-SecondaryServer -StorePath $primary
  $null = Wait-ZoneSerial example.com 1 -StorePath $primary
  ([Net.IPEndPoint] (Get-SecondaryServer -StorePath $primary).EndPoints[0]).Port
}

# That primary, and the store's own server, which has example.com from it.
function Start-Secondary {
  $null = New-TsigKey k.example
  $port = Start-Primary
  $null = New-PrimaryNameServer home -Address 127.0.0.1 -Port $port -TsigKey k.example
  $null = New-ManagedZone example.com
  Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0
  Enable-PrimaryNameServer home
  Enable-ZoneProxy example.com
  $null = Start-SecondaryServer
  Wait-ZoneSerial example.com 1
}

# Waits for a state that follows within moments; the bound is for machines that stand still meanwhile.
function Wait-Until([scriptblock] $Wanted) {
  if (-not [Threading.SpinWait]::SpinUntil([Func[bool]] { [bool](& $Wanted) }.GetNewClosure(), [timespan]::FromSeconds(120))) { throw "It did not come to that: $Wanted" }
}

# What others say of a signed zone as it is served: each verifier that is installed has to accept it.
function Assert-SignedZone([string] $Zone) {
  $file = Join-Path (Split-Path $env:MANAGEDDNS_STORE) verified.zone
  for ($try = 0; -not ($try -and (Select-String -Quiet DNSKEY $file)); $try++) {
    # What is signed first may not be kept yet.
    if ($try -gt 1200) { throw "$Zone is not signed." }
    if ($try) { Start-Sleep -Milliseconds 100 }
    Export-ManagedZone $Zone $file -Force
  }
  $verifiers = @(('dnssec-verify', '-q', '-z', '-o', $Zone, $file), ('ldns-verify-zone', '-V', '1', $file))
  # Where two keys have the SEP flag, kzonecheck 3.2.6 rejects what dnssec-signzone makes with them too.
  if (@(Get-ZoneSigningKey $Zone).Count -eq 1) { $verifiers += , ('kzonecheck', '-d', 'on', '-o', $Zone, $file) }
  foreach ($verifier in $verifiers | Where-Object { Get-Command $_[0] -CommandType Application -ErrorAction Ignore }) {
    $said = & $verifier[0] $verifier[1..9] 2>&1
    $LASTEXITCODE | Should -Be 0 -Because "$($verifier[0]) says: $said"
  }
}
