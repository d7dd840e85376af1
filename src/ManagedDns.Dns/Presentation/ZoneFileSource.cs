namespace ManagedDns.Dns.Presentation;

/// <summary>One open file: its entries one after the other, each whole in memory.</summary>
internal sealed class ZoneFileSource(Stream stream, string file, string? fullPath) : IDisposable
{
    private const int FirstBuffer = 1 << 16;

    // Far above what the longest record needs: 65535 octets, each as \DDD. Past it, a parenthesis was never closed.
    private const int LongestEntry = 1 << 20;

    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _end;
    private int _entry;
    private bool _isLast;

    /// <summary>As the user named it.</summary>
    public string File => file;

    /// <summary>Where relative names of included files begin; null for a stream without a place.</summary>
    public string? FullPath => fullPath;

    /// <summary>What the file that includes this one goes on with afterwards.</summary>
    public required DomainName OuterOrigin { get; init; }

    public byte[] OuterOwner { get; init; } = [];

    public Tokenizer Tokenizer { get; } = new();

    /// <summary>The text that the items of the current entry are ranges of.</summary>
    public ReadOnlySpan<byte> Text => _buffer.AsSpan(_entry, _start - _entry);

    /// <summary>Goes to the next entry that has items or an error.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="IOException">The file cannot be read further.</exception>
    public bool TryReadEntry()
    {
        while (true)
        {
            if (_start < _end)
            {
                var rest = _buffer.AsSpan(_start, _end - _start);
                var length = Tokenizer.Scan(rest, _isLast);
                if (length == Tokenizer.NeedMore && rest.Length > LongestEntry)
                {
                    length = Tokenizer.Skip(rest, "The entry that begins here has no end: a parenthesis may be open.");
                }

                if (length != Tokenizer.NeedMore)
                {
                    _entry = _start;
                    _start += length;
                    if (!Tokenizer.Tokens.IsEmpty || Tokenizer.Error is not null)
                    {
                        return true;
                    }

                    continue;
                }
            }
            else if (_isLast)
            {
                return false;
            }

            Fill();
        }
    }

    public void Dispose() => stream.Dispose();

    private void Fill()
    {
        var isFirst = _end == 0;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var length = stream.ReadAtLeast(_buffer.AsSpan(_end), _buffer.Length - _end, throwOnEndOfStream: false);
        _isLast = _end + length < _buffer.Length;
        _end += length;
        if (isFirst && _buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8))
        {
            _start = 3;
        }
    }
}
