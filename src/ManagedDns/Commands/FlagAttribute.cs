using System.Management.Automation;

namespace ManagedDns.Commands;

/// <summary>Lets a switch take what a CSV file has in its column: true, yes or 1, and false, no, 0 or nothing.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FlagAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is string text ? Read(text) : inputData;

    private static object Read(string text) => text.Trim().ToUpperInvariant() switch
    {
        "TRUE" or "YES" or "1" => new SwitchParameter(true),
        "" or "FALSE" or "NO" or "0" => new SwitchParameter(false),
        _ => text,
    };
}
