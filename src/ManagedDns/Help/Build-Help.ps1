# Makes the module's help (MAML) from the docstrings of the cmdlets and what PowerShell knows of their parameters, so that help is written once and
# beside the code. Run by the build, in ManagedDns.Console: it keeps to what is there without PowerShell's own modules.
#
#   a class's <summary>      synopsis (its first sentence) and description
#   a class's <example>      <code>the command</code> and a remark
#   a parameter's <summary>  its description; without one, what $common says of its name
param([string] $Module, [string] $Documentation, [string] $Output)

$ErrorActionPreference = 'Stop'
$common = @{
  Name = 'The name.'
  Zone = 'The name of a managed zone.'
  Direction = 'Only transfers in this direction: In from primaries, Out to further secondaries.'
  Network = 'A network in CIDR form, or one address.'
  NodeName = 'The name of this node, for answers that ask for it (NSID); without one the name of the machine.'
  Path = 'A file; wildcards are allowed where more than one makes sense.'
  LiteralPath = 'A file, its name taken as it stands.'
  Comment = 'A remark of your own.'
  PassThru = 'Writes the changed object to the pipeline.'
  CommonSetting = 'The name of a common setting.'
  TsigKey = 'The name of a TSIG key.'
  Address = 'An IPv4 or IPv6 address.'
  Port = 'The port; 53 where none is given.'
  NewName = 'The new name.'
  WhatIf = 'Shows what would be changed, and changes nothing.'
  Confirm = 'Asks before each change.'
}
$builtIn = 'Verbose', 'Debug', 'ErrorAction', 'WarningAction', 'InformationAction', 'ProgressAction', 'ErrorVariable', 'WarningVariable',
  'InformationVariable', 'OutVariable', 'OutBuffer', 'PipelineVariable'

$spaces = @{
  maml = 'http://schemas.microsoft.com/maml/2004/10'
  command = 'http://schemas.microsoft.com/maml/dev/command/2004/10'
  dev = 'http://schemas.microsoft.com/maml/dev/2004/10'
}

$members = @{}
foreach ($member in ([xml][IO.File]::ReadAllText($Documentation)).doc.members.member) { $members[$member.name] = $member }

# The words of a docstring: tags that name something become the name.
function Get-Text($Node) {
  if (-not $Node) { return '' }
  $text = foreach ($child in $Node.ChildNodes) {
    if ($child.NodeType -eq 'Text') { $child.Value }
    elseif ($child.Name -eq 'see') { ($child.cref -replace '^.*[.:]') }
    elseif ($child.Name -ne 'code') { $child.InnerText }
  }
  ($text -join '' -replace '\s+', ' ').Trim()
}

function Get-ParameterText($Type, $Parameter) {
  $declaring = $Type.GetProperty($Parameter.Name)?.DeclaringType
  $text = $declaring ? (Get-Text ($members["P:$($declaring.FullName).$($Parameter.Name)"]?.SelectSingleNode('summary'))) : ''
  $text ? $text : [string] $common[$Parameter.Name]
}

function Start-Element($Name) {
  $prefix, $local = $Name.Split(':')
  $xml.WriteStartElement($prefix, $local, $spaces[$prefix])
}

function Write-Element($Name, $Text) {
  Start-Element $Name
  $xml.WriteString([string] $Text)
  $xml.WriteEndElement()
}

function Write-Paragraph($Name, $Text) {
  Start-Element $Name
  Write-Element maml:para $Text
  $xml.WriteEndElement()
}

function Write-Parameter($Type, $Parameter, $Metadata) {
  Start-Element command:parameter
  $pipeline = @(if ($Parameter.ValueFromPipeline) { 'ByValue' }) + @(if ($Parameter.ValueFromPipelineByPropertyName) { 'ByPropertyName' })
  $wildcards = foreach ($attribute in $Parameter.Attributes) { if ($attribute.GetType().Name -eq 'SupportsWildcardsAttribute') { $true } }
  foreach ($pair in @(
      @('required', $Parameter.IsMandatory), @('variableLength', $true), @('globbing', [bool] $wildcards),
      @('pipelineInput', $(if ($pipeline) { "True ($($pipeline -join ', '))" } else { 'False' })),
      @('position', $(if ($Parameter.Position -ge 0) { $Parameter.Position } else { 'named' })),
      @('aliases', $(if ($Parameter.Aliases) { $Parameter.Aliases -join ', ' } else { 'none' })))) {
    $xml.WriteAttributeString($pair[0], "$($pair[1])".Replace('True', 'true').Replace('False', 'false').Replace('true (', 'True ('))
  }
  Write-Element maml:name $Parameter.Name
  Write-Paragraph maml:description (Get-ParameterText $Type $Parameter)
  $short = $Parameter.ParameterType.Name -replace '`\d+'
  if ($short -eq 'Nullable') { $short = [Nullable]::GetUnderlyingType($Parameter.ParameterType).Name }
  if ($Parameter.ParameterType -ne [switch]) {
    Start-Element command:parameterValue
    $xml.WriteAttributeString('required', 'true')
    $xml.WriteAttributeString('variableLength', 'false')
    $xml.WriteString($short)
    $xml.WriteEndElement()
  }
  Start-Element dev:type
  Write-Element maml:name $Parameter.ParameterType.FullName
  $xml.WriteEndElement()
  $xml.WriteEndElement()
}

function Write-Command($Command) {
  $type = $Command.ImplementingType
  $doc = $members["T:$($type.FullName)"]
  $summary = Get-Text (${doc}?.SelectSingleNode('summary'))
  Start-Element command:command
  foreach ($prefix in 'maml', 'dev') { $xml.WriteAttributeString('xmlns', $prefix, 'http://www.w3.org/2000/xmlns/', $spaces[$prefix]) }
  Start-Element command:details
  Write-Element command:name $Command.Name
  Write-Paragraph maml:description ($summary -replace '(?<=[.:]) .*$' -replace ':$', '.')
  Write-Element command:verb $Command.Verb
  Write-Element command:noun $Command.Noun
  $xml.WriteEndElement()
  Write-Paragraph maml:description $summary

  Start-Element command:syntax
  foreach ($set in $Command.ParameterSets) {
    Start-Element command:syntaxItem
    Write-Element maml:name $Command.Name
    foreach ($parameter in $set.Parameters) {
      if ($parameter.Name -notin $builtIn) { Write-Parameter $type $parameter }
    }
    $xml.WriteEndElement()
  }
  $xml.WriteEndElement()

  $written = @{}
  Start-Element command:parameters
  foreach ($set in $Command.ParameterSets) {
    foreach ($parameter in $set.Parameters) {
      if ($parameter.Name -in $builtIn -or $written[$parameter.Name]) { continue }
      $written[$parameter.Name] = $true
      Write-Parameter $type $parameter
    }
  }
  $xml.WriteEndElement()

  Start-Element command:returnValues
  foreach ($output in $Command.OutputType) {
    Start-Element command:returnValue
    Start-Element dev:type
    Write-Element maml:name $output.Name
    $xml.WriteEndElement()
    $xml.WriteEndElement()
  }
  $xml.WriteEndElement()

  $number = 0
  Start-Element command:examples
  foreach ($example in ${doc}?.SelectNodes('example')) {
    $number++
    Start-Element command:example
    Write-Element maml:title "Example $number"
    Write-Element dev:code $example.SelectSingleNode('code').InnerText.Trim()
    Start-Element dev:remarks
    Write-Element maml:para (Get-Text $example)
    $xml.WriteEndElement()
    $xml.WriteEndElement()
  }
  $xml.WriteEndElement()
  $xml.WriteEndElement()
}

$null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($Output))
$settings = [System.Xml.XmlWriterSettings]::new()
$settings.Indent = $true
$xml = [System.Xml.XmlWriter]::Create("$Output.new", $settings)
try {
  $xml.WriteStartElement('helpItems', 'http://msh')
  $xml.WriteAttributeString('schema', 'maml')
  foreach ($command in Get-Command -Module $Module) { Write-Command $command }
  $xml.WriteEndElement()
}
finally { $xml.Dispose() }
[IO.File]::Move("$Output.new", $Output, $true)
