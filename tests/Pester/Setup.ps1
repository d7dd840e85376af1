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

# A zone's master file in the store's folder.
function New-TestZoneFile([string] $Zone, [int] $Serial = 1) {
  $file = Join-Path (Split-Path $env:MANAGEDDNS_STORE) "$Zone.zone"
  Set-Content $file "`$ORIGIN $Zone.`n`$TTL 300`n@ SOA ns1 hostmaster $Serial 3600 600 86400 300`n@ NS ns1`nns1 A 127.0.0.1`nwww A 192.0.2.$Serial"
  $file
}

# Runs a command that must fail and gives its error.
function Get-ErrorOf([scriptblock] $Command) {
  try { $null = & $Command } catch { return $_ }
  throw "Did not fail: $Command"
}
