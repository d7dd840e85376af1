# Sets up a store for peer.sh: one primary with a key, every zone of the sets, transfers out to loopback.
param([string] $Store, [int] $Port, [int] $Threads, [string] $Sets)
$ErrorActionPreference = 'Stop'
$env:MANAGEDDNS_STORE = $Store

$secret = [Security.SecureString]::new()
foreach ($character in $env:KEY_SECRET.ToCharArray()) { $secret.AppendChar($character) }
$null = New-TsigKey $env:KEY_NAME -Algorithm $env:KEY_ALGORITHM -Secret $secret
$null = New-PrimaryNameServer bench -Address 127.0.0.1 -Port $env:PRIMARY_PORT -TsigKey $env:KEY_NAME
Enable-PrimaryNameServer bench -WarningAction Ignore
$null = Add-ZoneTransferAcl -Network 127.0.0.0/8
Set-SecondaryServer -ListenAddress 127.0.0.1 -Port $Port -UdpThreads $Threads

$zones = foreach ($set in $Sets.Split(',')) { [IO.File]::ReadAllLines([IO.Path]::Combine($env:BENCH_DIR, 'zones', "$set.list")) }
$null = $zones | New-ManagedZone -HiddenPrimary:(!!$env:SIGN)
if ($env:SIGN) {
    $null = New-SigningPolicy bench -Denial $env:SIGN
    $zones | Enable-ZoneSigning -SigningPolicy bench -WarningAction Ignore
}
$zones | Enable-ZoneProxy -WarningAction Ignore
