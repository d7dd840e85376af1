# Runs before the module's assembly is looked for, so that a checkout that was not built says so.
if (-not [System.IO.File]::Exists([System.IO.Path]::Combine($PSScriptRoot, '..', '..', 'out', 'module', 'ManagedDns.dll'))) {
  throw "ManagedDns is not built. Run 'dotnet build' in $([System.IO.Path]::GetFullPath([System.IO.Path]::Combine($PSScriptRoot, '..', '..'))) and import it again."
}
