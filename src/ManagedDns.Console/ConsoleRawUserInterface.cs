using System.Globalization;
using System.Management.Automation.Host;

namespace ManagedDns.Console;

/// <summary>The terminal's size, keys and colours. Tables are laid out to <see cref="BufferSize"/>, so it has one without a terminal too.</summary>
internal sealed class ConsoleRawUserInterface : PSHostRawUserInterface
{
    private const int UsualWidth = 120;
    private const int HeightWithoutTerminal = 50;

    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;

    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;

    public override Size BufferSize
    {
        get => System.Console.IsOutputRedirected || System.Console.WindowWidth <= 0
            ? new Size(WidthWithoutTerminal(), HeightWithoutTerminal)
            : new Size(System.Console.WindowWidth, System.Console.WindowHeight);
        set { }
    }

    public override Size WindowSize
    {
        get => BufferSize;
        set { }
    }

    public override Size MaxWindowSize => BufferSize;

    public override Size MaxPhysicalWindowSize => BufferSize;

    public override Coordinates CursorPosition { get; set; }

    public override Coordinates WindowPosition { get; set; }

    public override int CursorSize { get; set; } = 25;

    public override string WindowTitle { get; set; } = "ManagedDns";

    public override bool KeyAvailable => !System.Console.IsInputRedirected && System.Console.KeyAvailable;

    public override KeyInfo ReadKey(ReadKeyOptions options)
    {
        var key = System.Console.ReadKey(intercept: options.HasFlag(ReadKeyOptions.NoEcho));
        return new KeyInfo((int)key.Key, key.KeyChar, default, keyDown: true);
    }

    public override void FlushInputBuffer()
    {
        while (KeyAvailable)
        {
            System.Console.ReadKey(intercept: true);
        }
    }

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) =>
        throw new NotSupportedException("A terminal does not tell what it shows.");

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) =>
        throw new NotSupportedException("ManagedDns.Console writes lines only.");

    // What Clear-Host asks for is the whole screen.
    public override void SetBufferContents(Rectangle rectangle, BufferCell fill)
    {
        if (!System.Console.IsOutputRedirected)
        {
            System.Console.Clear();
        }
    }

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) =>
        throw new NotSupportedException("ManagedDns.Console writes lines only.");

    /// <summary>What COLUMNS says, as for other programs of the shell.</summary>
    private static int WidthWithoutTerminal() =>
        int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns) && columns > 0
            ? columns
            : UsualWidth;
}
