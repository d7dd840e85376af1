using System.Globalization;
using System.Management.Automation.Host;

namespace ManagedDns.Console;

/// <summary>What PowerShell's engine sees of this program.</summary>
internal sealed class ConsoleHost : PSHost
{
    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => "ManagedDns.Console";

    public override Version Version { get; } = typeof(ConsoleHost).Assembly.GetName().Version!;

    public ConsoleUserInterface Terminal { get; } = new();

    public override PSHostUserInterface UI => Terminal;

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    /// <summary>The code that a script gave to <c>exit</c>; null until then.</summary>
    public int? ExitCode { get; private set; }

    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    public override void EnterNestedPrompt() => throw new NotSupportedException("ManagedDns.Console has no nested prompt. Use pwsh to debug.");

    public override void ExitNestedPrompt() => throw new NotSupportedException("ManagedDns.Console has no nested prompt. Use pwsh to debug.");

    public override void NotifyBeginApplication()
    {
        // A native program writes to the same terminal: nothing to hand over.
    }

    public override void NotifyEndApplication()
    {
        // As above.
    }
}
