using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Presentation;

/// <summary>Writes records as a master file: one on each line, in the order given, every name absolute, ASCII throughout. The same records give the same file.</summary>
public sealed class ZoneFileWriter(Stream stream) : IDisposable
{
    private const int FlushAt = 1 << 16;

    private readonly TextBuffer _text = new(FlushAt + 4096);

    public void Write(in WireRecord record)
    {
        RecordText.Write(record, _text);
        _text.Append('\n');
        if (_text.Length >= FlushAt)
        {
            Flush();
        }
    }

    /// <summary>A line that readers skip.</summary>
    public void WriteComment(string comment)
    {
        ArgumentNullException.ThrowIfNull(comment);
        _text.Append("; ");
        _text.Append(comment.ReplaceLineEndings(" "));
        _text.Append('\n');
    }

    public void Flush()
    {
        stream.Write(_text.Written);
        _text.Clear();
        stream.Flush();
    }

    /// <summary>Writes what is left; the stream stays open.</summary>
    public void Dispose() => Flush();
}
