using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Security;

namespace ManagedDns.Commands;

/// <summary>
/// Reads what was typed for a parameter before PowerShell converts it, so that what does not fit is told in our words, with what would fit. What is
/// of the
/// parameter's own type already passes.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public abstract class InputAttribute : ArgumentTransformationAttribute
{
    public sealed override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        Unwrap(inputData) switch
        {
            null => AllowsNull ? null : throw Misfit("It has no value."),
            string text => Read(text),
            IEnumerable list and not IDictionary => list.Cast<object?>().Select(item => Read(Unwrap(item) ?? throw Misfit("One has no value."))).ToArray(),
            var value => Read(value),
        };

    /// <summary>Whether null means something here.</summary>
    public bool AllowsNull { get; set; }

    private protected abstract object Read(object value);

    private protected static Exception Misfit(string message) => new ArgumentTransformationMetadataException(message);

    private static object? Unwrap(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
}

/// <summary>An IP address, written out in full: 192.0.2 and 010.0.0.1 are not what they seem.</summary>
public sealed class AddressAttribute : InputAttribute
{
    private protected override object Read(object value) =>
        value is IPAddress ? value
        : Names.TryAddress($"{value}", out var address) ? address
        : throw Misfit($"'{value}' is no IP address. Write it as 192.0.2.53 or 2001:db8::53.");
}

/// <summary>A span of time. A bare number is none: PowerShell would take it for ticks, a text of digits for days.</summary>
public sealed class DurationAttribute : InputAttribute
{
    private protected override object Read(object value) =>
        value is TimeSpan ? value
        : $"{value}" is var text && text == "0" ? TimeSpan.Zero
        : text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) ? span
        : throw Misfit($"'{value}' is no span of time. Write hours:minutes:seconds (01:30:00), with days before a dot (2.00:00:00), or 0.");
}

/// <summary>A whole number.</summary>
public sealed class NumberAttribute : InputAttribute
{
    public long Least { get; set; } = int.MinValue;

    public long Most { get; set; } = int.MaxValue;

    private protected override object Read(object value) =>
        !long.TryParse(Convert.ToString(value, CultureInfo.InvariantCulture), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
            ? throw Misfit($"'{value}' is no whole number.")
        : number > Most || number < Least ? throw Misfit($"{value} is out of range: it may be {Least} to {Most}.")
        : number;
}

/// <summary>A secret: never in the clear, so that it stands in no history, and never repeated in an error.</summary>
public sealed class SecretAttribute : InputAttribute
{
    private protected override object Read(object value) => value switch
    {
        SecureString => value,
        PSCredential credential => credential.Password,
        _ => throw Misfit("A secret is given as a SecureString, so that it stands in no history: Read-Host -AsSecureString asks for one."),
    };
}

/// <summary>Groups of a catalog and their common settings.</summary>
public sealed class GroupsAttribute : InputAttribute
{
    private protected override object Read(object value) =>
        value is IDictionary ? value : throw Misfit("Groups are written as @{ group = 'common setting' }.");
}

/// <summary>
/// The name of something new. PowerShell makes a text of any object: a CSV file with another heading would make zones named <c>@{x=1}</c>. An object
/// that has the name as a member passes, and is asked for that.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NewNameAttribute : ArgumentTransformationAttribute
{
    private static readonly string[] s_members = ["Name", "ZoneName", "Zone", "HostName"];

    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var bare = inputData is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : inputData;
        return bare is null or IConvertible ? inputData : bare switch
        {
            IDictionary => throw Misfit("A table of keys and values is no name. [pscustomobject] makes an object of it."),
            IEnumerable => throw Misfit("It is one name. Several go through the pipeline: 'a.example', 'b.example' | New-ManagedZone."),
            _ when HasName(bare) => inputData,
            _ => throw Misfit("It is no name, and has no member Name. Of a CSV file, a column of that heading is taken."),
        };
    }

    private static ArgumentTransformationMetadataException Misfit(string message) => new(message);

    private static bool HasName(object item) => s_members.Any(member => PSObject.AsPSObject(item).Properties[member] is not null);
}
