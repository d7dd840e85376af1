using System.Buffers.Binary;
using System.Text;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Presentation;

/// <summary>
/// Reads master files (RFC 1035 §5) record by record, with <c>$ORIGIN</c>, <c>$TTL</c> (RFC 2308 §4), <c>$INCLUDE</c> and <c>$GENERATE</c>.
/// It judges records one by one; whether they make a zone is another's matter. Octets above 0x7F stand for themselves.
/// </summary>
public sealed class ZoneFileReader : IDisposable
{
    private const uint MaxTtl = int.MaxValue;
    private const int MinimumLength = 4;

    private readonly ZoneFileOptions _options;
    private readonly Stack<ZoneFileSource> _sources = new();
    private readonly List<ZoneFileError> _errors = [];
    private readonly byte[] _owner = new byte[DomainName.MaxWireLength];
    private readonly byte[] _rdata = new byte[RdataParser.BufferSize];
    private readonly Tokenizer _generatedTokens = new();
    private GenerateDirective? _generate;
    private DomainName _origin;
    private int _ownerLength;
    private int _rdataLength;
    private RecordType _type;
    private RecordClass _class;
    private uint _ttl;
    private uint? _defaultTtl;
    private uint? _lastTtl;

    /// <param name="stream">Closed with the reader.</param>
    /// <param name="fileName">What errors call it.</param>
    public ZoneFileReader(Stream stream, DomainName origin, ZoneFileOptions? options = null, string fileName = "zone file")
        : this(new ZoneFileSource(stream, fileName, null) { OuterOrigin = origin }, options)
    {
    }

    private ZoneFileReader(ZoneFileSource source, ZoneFileOptions? options)
    {
        _options = options ?? ZoneFileOptions.Default;
        _origin = source.OuterOrigin;
        _class = _options.Class;
        _sources.Push(source);
        File = source.File;
    }

    /// <summary>The record read last. Its spans live until the next <see cref="Read"/>.</summary>
    public WireRecord Current => new(_owner.AsSpan(0, _ownerLength), _type, _class, _ttl, _rdata.AsSpan(0, _rdataLength));

    /// <summary>The file that <see cref="Current"/> stands in.</summary>
    public string File { get; private set; }

    /// <summary>The line on which <see cref="Current"/> begins.</summary>
    public int Line { get; private set; }

    /// <exception cref="ZoneFileException">The file cannot be opened.</exception>
    public static ZoneFileReader Open(string path, DomainName origin, ZoneFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            return new ZoneFileReader(OpenSource(path, Path.GetFullPath(path), origin, []), options);
        }
        catch (Exception error) when (IsFileError(error))
        {
            throw new ZoneFileException([new ZoneFileError(path, 0, error.Message)], error);
        }
    }

    public static ZoneFileReader FromText(string text, DomainName origin, ZoneFileOptions? options = null) =>
        new(new MemoryStream(Encoding.UTF8.GetBytes(text)), origin, options);

    /// <summary>All records of a file as objects.</summary>
    /// <exception cref="ZoneFileException">While walking: the file has errors.</exception>
    public static IEnumerable<ResourceRecord> ReadRecords(string path, DomainName origin, ZoneFileOptions? options = null)
    {
        using var reader = Open(path, origin, options);
        while (reader.Read())
        {
            yield return ResourceRecord.From(reader.Current);
        }
    }

    /// <summary>Goes to the next record.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="ZoneFileException">
    /// There are errors. After the first one the rest of the file is still read, to report up to <see cref="ZoneFileOptions.MaxErrors"/> at once.
    /// </exception>
    public bool Read()
    {
        while (_errors.Count < _options.MaxErrors && TryReadEntry(out var isRecord))
        {
            if (isRecord && _errors.Count == 0)
            {
                return true;
            }
        }

        return _errors.Count == 0 ? false : throw new ZoneFileException([.. _errors]);
    }

    public void Dispose()
    {
        foreach (var source in _sources)
        {
            source.Dispose();
        }
    }

    private static bool IsFileError(Exception error) => error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    private static ZoneFileSource OpenSource(string file, string fullPath, DomainName origin, ReadOnlySpan<byte> owner)
    {
        var stream = new FileStream(fullPath, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        return new ZoneFileSource(stream, file, fullPath) { OuterOrigin = origin, OuterOwner = owner.ToArray() };
    }

    // One entry: a record, a directive, or an error that is noted. False at the end of all files.
    private bool TryReadEntry(out bool isRecord)
    {
        isRecord = false;
        if (_generate is not null)
        {
            return TryReadGenerated(_generate, out isRecord);
        }

        var source = _sources.Peek();
        try
        {
            if (!source.TryReadEntry())
            {
                return TryCloseSource();
            }
        }
        catch (IOException error)
        {
            Note(source.Tokenizer.Line, error.Message);
            return TryCloseSource();
        }

        if (source.Tokenizer.Error is { } reason)
        {
            Note(source.Tokenizer.ErrorLine, reason);
            return true;
        }

        var tokens = new TokenCursor(source.Text, source.Tokenizer.Tokens);
        try
        {
            if (!source.Tokenizer.IsOwnerBlank && tokens.Peek() is [(byte)'$', ..] && !tokens.PeekToken().Quoted)
            {
                Obey(ref tokens);
            }
            else
            {
                ReadRecord(ref tokens, source.Tokenizer.IsOwnerBlank);
                isRecord = true;
            }
        }
        catch (FormatException error)
        {
            Note(tokens.Line, error.Message);
        }

        return true;
    }

    private bool TryReadGenerated(GenerateDirective generate, out bool isRecord)
    {
        isRecord = false;
        try
        {
            if (generate.TryExpand(out var text))
            {
                _generatedTokens.SetLine(generate.Line);
                _generatedTokens.Scan(text, isLast: true);
                var tokens = new TokenCursor(text, _generatedTokens.Tokens);
                ReadRecord(ref tokens, isOwnerBlank: false);
                isRecord = true;
                return true;
            }
        }
        catch (FormatException error)
        {
            Note(generate.Line, error.Message);
        }

        _generate = null;
        return true;
    }

    private bool TryCloseSource()
    {
        var source = _sources.Pop();
        source.Dispose();
        if (_sources.Count == 0)
        {
            _sources.Push(source);
            return false;
        }

        _origin = source.OuterOrigin;
        source.OuterOwner.CopyTo(_owner, 0);
        _ownerLength = source.OuterOwner.Length;
        return true;
    }

    private void Obey(ref TokenCursor tokens)
    {
        var directive = Encoding.ASCII.GetString(tokens.Take("The directive")).ToUpperInvariant();
        switch (directive)
        {
            case "$ORIGIN":
                _origin = TakeName(ref tokens);
                break;
            case "$TTL":
                _defaultTtl = Ttl(tokens.Take("The TTL"));
                break;
            case "$INCLUDE":
                Include(ref tokens);
                break;
            case "$GENERATE":
                _generate = new GenerateDirective(ref tokens, tokens.Line);
                break;
            default:
                throw new FormatException($"{directive} is no directive; there are $ORIGIN, $TTL, $INCLUDE and $GENERATE.");
        }

        tokens.ExpectEnd();
    }

    private void Include(ref TokenCursor tokens)
    {
        var item = tokens.Take("The name of the file to include");
        var octets = new byte[item.Length];
        var name = Encoding.UTF8.GetString(octets, 0, Escape.Resolve(item, octets));
        var origin = tokens.HasMore ? TakeName(ref tokens) : _origin;
        tokens.ExpectEnd();
        var folder = Path.GetDirectoryName(_sources.Peek().FullPath) ?? Environment.CurrentDirectory;
        try
        {
            var fullPath = Path.GetFullPath(name, folder);
            if (_sources.Any(source => source.FullPath == fullPath))
            {
                throw new FormatException($"{fullPath} includes itself.");
            }

            if (_sources.Count > _options.MaxIncludeDepth)
            {
                throw new FormatException($"More than {_options.MaxIncludeDepth} files include each other.");
            }

            _sources.Push(OpenSource(fullPath, fullPath, _origin, _owner.AsSpan(0, _ownerLength)));
            _origin = origin;
        }
        catch (Exception error) when (IsFileError(error))
        {
            throw new FormatException($"The file to include cannot be opened: {error.Message}", error);
        }
    }

    private void ReadRecord(ref TokenCursor tokens, bool isOwnerBlank)
    {
        File = _sources.Peek().File;
        Line = tokens.Line;
        if (!isOwnerBlank)
        {
            var item = tokens.Take("The owner");
            if (!NameText.TryRead(item, _origin.Wire, _owner, out _ownerLength, out var error))
            {
                // What follows with a blank owner is not wrong for that.
                _owner[0] = 0;
                _ownerLength = 1;
                throw new FormatException(error);
            }
        }
        else if (_ownerLength == 0)
        {
            throw new FormatException("The first record has no owner to take over; a line that begins with white space has the owner of the one before.");
        }

        var ttl = ReadTtlClassAndType(ref tokens);
        try
        {
            _rdataLength = RdataParser.Parse(_type, _class, ref tokens, _origin.Wire, _rdata);
        }
        catch (FormatException error)
        {
            throw new FormatException($"{RecordTypeNames.Format(_type)}: {error.Message}", error);
        }

        _ttl = ttl ?? _defaultTtl ?? _lastTtl ?? TtlFromSoa();
        _lastTtl = _ttl;
    }

    // RFC 1035 §5.1: TTL and class in either order, both may be missing; a type has no digits in front, so nothing is ambiguous.
    private uint? ReadTtlClassAndType(ref TokenCursor tokens)
    {
        uint? ttl = null;
        var hasClass = false;
        while (true)
        {
            var item = tokens.Take("The type");
            if (ttl is null && !item.IsEmpty && char.IsAsciiDigit((char)item[0]))
            {
                ttl = Ttl(item);
            }
            else if (!hasClass && RecordClassNames.Codes.TryRead(item, out var @class) && (RecordClass)@class is not (RecordClass.NONE or RecordClass.ANY))
            {
                hasClass = true;
                _class = (RecordClass)@class;
            }
            else if (RecordTypeNames.Codes.TryRead(item, out var type))
            {
                _type = (RecordType)type;
                return RecordTypeNames.IsData(_type) ? ttl : throw new FormatException($"Records of type {RecordTypeNames.Format(_type)} cannot lie in a zone.");
            }
            else
            {
                throw new FormatException($"'{TokenCursor.Show(item)}' is no TTL, class or type that can stand here.");
            }
        }
    }

    // What BIND does, and files of before RFC 2308 need.
    private uint TtlFromSoa()
    {
        if (_type != RecordType.SOA)
        {
            throw new FormatException("The record has no TTL, and there is neither a $TTL nor a record before it that has one.");
        }

        return Math.Min(BinaryPrimitives.ReadUInt32BigEndian(_rdata.AsSpan(_rdataLength - MinimumLength)), MaxTtl);
    }

    private DomainName TakeName(ref TokenCursor tokens)
    {
        Span<byte> name = stackalloc byte[DomainName.MaxWireLength];
        return NameText.TryRead(tokens.Take("The domain name"), _origin.Wire, name, out var length, out var error)
            ? DomainName.FromWire(name[..length])
            : throw new FormatException(error);
    }

    private static uint Ttl(ReadOnlySpan<byte> item) =>
        TimeText.TryReadPeriod(item, out var seconds) && seconds <= MaxTtl
            ? seconds
            : throw new FormatException($"'{TokenCursor.Show(item)}' is no TTL: seconds up to {MaxTtl}, or with units such as 1h30m (RFC 2181 §8).");

    private void Note(int line, string reason) => _errors.Add(new ZoneFileError(_sources.Peek().File, line, reason));
}
