using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text;

namespace ManagedDns.Console;

/// <summary>
/// Reads one line at a terminal with history (up, down), cursor movement, erasing and completion (tab, again for the next match).
/// Without a terminal it reads plain lines.
/// </summary>
internal sealed class LineReader(Runspace runspace)
{
    private readonly List<string> _history = [];
    private readonly StringBuilder _line = new();
    private int _cursor;
    private int _recalled;
    private CommandCompletion? _completion;
    private string _prompt = "";

    /// <summary>The line; null at the end of the input (control-D on an empty line).</summary>
    public string? Read(string prompt)
    {
        if (System.Console.IsInputRedirected || System.Console.IsOutputRedirected)
        {
            return System.Console.In.ReadLine();
        }

        _prompt = prompt;
        _recalled = _history.Count;
        Replace("");
        while (true)
        {
            var key = System.Console.ReadKey(intercept: true);
            if (key.Key != ConsoleKey.Tab)
            {
                _completion = null;
            }

            if (key.Key == ConsoleKey.Enter)
            {
                System.Console.Out.WriteLine();
                return Remember(_line.ToString());
            }

            if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && _line.Length == 0)
            {
                System.Console.Out.WriteLine();
                return null;
            }

            Edit(key);
            Draw();
        }
    }

    private void Edit(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow:
                _cursor = Math.Max(0, _cursor - 1);
                break;
            case ConsoleKey.RightArrow:
                _cursor = Math.Min(_line.Length, _cursor + 1);
                break;
            case ConsoleKey.Home:
                _cursor = 0;
                break;
            case ConsoleKey.End:
                _cursor = _line.Length;
                break;
            case ConsoleKey.UpArrow when _recalled > 0:
                Replace(_history[--_recalled]);
                break;
            case ConsoleKey.DownArrow when _recalled < _history.Count:
                Replace(++_recalled < _history.Count ? _history[_recalled] : "");
                break;
            case ConsoleKey.Backspace when _cursor > 0:
                _line.Remove(--_cursor, 1);
                break;
            case ConsoleKey.Delete when _cursor < _line.Length:
                _line.Remove(_cursor, 1);
                break;
            case ConsoleKey.Escape:
                Replace("");
                break;
            case ConsoleKey.Tab:
                Complete(forward: !key.Modifiers.HasFlag(ConsoleModifiers.Shift));
                break;
            default:
                if (!char.IsControl(key.KeyChar))
                {
                    _line.Insert(_cursor++, key.KeyChar);
                }

                break;
        }
    }

    private void Complete(bool forward)
    {
        if (_completion is null)
        {
            using var shell = PowerShell.Create(runspace);
            _completion = CommandCompletion.CompleteInput(_line.ToString(), _cursor, null, shell);
        }

        if (_completion.GetNextResult(forward) is { } match)
        {
            _line.Remove(_completion.ReplacementIndex, _completion.ReplacementLength).Insert(_completion.ReplacementIndex, match.CompletionText);
            _cursor = _completion.ReplacementIndex + match.CompletionText.Length;
            _completion.ReplacementLength = match.CompletionText.Length;
        }
    }

    private void Replace(string text)
    {
        _line.Clear().Append(text);
        _cursor = text.Length;
        Draw();
    }

    // A line longer than the terminal scrolls sideways, so that one row is all there ever is to redraw.
    private void Draw()
    {
        var room = Math.Max(8, System.Console.WindowWidth - _prompt.Length - 1);
        var start = Math.Max(0, _cursor - room + 1);
        var shown = _line.ToString(start, Math.Min(room, _line.Length - start));
        System.Console.Out.Write($"\r{_prompt}{shown}\e[K\r\e[{_prompt.Length + _cursor - start}C");
    }

    private string Remember(string line)
    {
        if (!string.IsNullOrWhiteSpace(line) && (_history.Count == 0 || _history[^1] != line))
        {
            _history.Add(line);
        }

        return line;
    }
}
