using ManagedDns.Dns;

namespace ManagedDns.Engine.Zones;

/// <summary>Changes one trie owner by owner: gathers what is added to and taken from one name, and writes its new cell when the next one begins.</summary>
/// <param name="keepBarriers">Whether barriers are kept true with every change; else they are set for all at the end.</param>
/// <param name="shared">Keeps alike sets once; null: every owner keeps its own.</param>
internal sealed unsafe class NameEdit(Arena arena, TrieWriter writer, TrieNode root, bool keepBarriers, SharedSets? shared = null) : IDisposable
{
    private readonly RecordScratch _records = RecordScratch.Rent();
    private readonly TrieEnd? _end = root.IsEmpty ? new(arena, writer) : null;
    private readonly byte[] _key = new byte[TrieKey.MaxLength];
    private readonly byte[] _name = new byte[DomainName.MaxWireLength];
    private byte[] _sets = [];
    private TrieNode _root = root;
    private int _keyLength;
    private int _nameLength;
    private TriePlace _place;
    private bool _isBehind;
    private TrieNode _old;
    private int _oldCount;
    private bool _open;

    /// <summary>The number of records, less those that were there at first.</summary>
    public long RecordsAdded { get; private set; }

    /// <summary>The number of names with a label <c>*</c>, less those that were there at first.</summary>
    public long WildcardsAdded { get; private set; }

    public TrieNode Root => _root;

    /// <summary>Makes this name (relative, as given) the one that <see cref="Records"/> belong to.</summary>
    public void Begin(ReadOnlySpan<byte> name)
    {
        End();
        name.CopyTo(_name);
        _nameLength = name.Length;
        _open = true;
        fixed (byte* key = _key)
        fixed (TrieNode* rootNode = &_root)
        {
            _keyLength = TrieKey.Write(name, key);
            _old = default;
            _isBehind = _end is not null && _end.TryPlaceBehind(rootNode, key, _keyLength, out _place);
            if (!_isBehind)
            {
                _place = writer.Locate(rootNode, key, _keyLength, out _old);
            }
        }

        if (!_old.IsEmpty)
        {
            // The spelling that came first stays.
            NameCell.NameAsGiven(arena.At(_old.Reference)).CopyTo(_name);
            _records.Load(arena.At(_old.Reference));
        }

        _oldCount = _records.Count;
    }

    public bool IsOpen => _open;

    public RecordScratch Records => _records;

    /// <summary>Writes the name's new cell, or takes the name away where it has no record left.</summary>
    public void End()
    {
        if (!_open)
        {
            return;
        }

        _open = false;
        var (sets, bytes) = _records.Arrange();
        if (sets > NameCell.MaxSets)
        {
            throw new DnsFailureException(new Failure(
                FailureReason.RejectedContent, null, $"One name has {sets} RRsets and sets of signatures; {NameCell.MaxSets} can be served.",
                "Remove records of made-up types on the primary."));
        }

        RecordsAdded += _records.Count - _oldCount;
        fixed (byte* key = _key)
        fixed (TrieNode* rootNode = &_root)
        {
            if (_records.Count > 0)
            {
                Put(rootNode, key, sets, bytes);
            }
            else if (!_old.IsEmpty)
            {
                Remove(rootNode, key);
            }
        }

        if (!_old.IsEmpty)
        {
            writer.Release(_old.Reference, NameCell.Size(arena.At(_old.Reference)));
        }

        _records.Clear();
    }

    /// <summary>Sets the barriers of all names, once all are there.</summary>
    public void SpreadBarriers()
    {
        fixed (TrieNode* rootNode = &_root)
        {
            Barriers.Spread(arena, writer, rootNode, 0);
        }
    }

    public void Dispose() => RecordScratch.Return(_records);

    private void Put(TrieNode* rootNode, byte* key, int sets, int bytes)
    {
        var name = _name.AsSpan(0, _nameLength);
        var keepCase = name.ContainsAnyInRange((byte)'A', (byte)'Z');
        uint cell;
        if (shared is null || !SharedSets.MayShare(bytes))
        {
            cell = BeginCell(name, keepCase, sets, bytes, out var at);
            _records.Write(at);
        }
        else
        {
            cell = PutShared(name, keepCase, sets, bytes);
        }

        var leaf = TrieNode.Leaf(_keyLength, cut: _nameLength > 0 && _records.Has(RecordType.NS), _records.Has(RecordType.DNAME), 0, cell);
        if (_isBehind)
        {
            _end!.Append(rootNode, key, _keyLength, _place, leaf);
        }
        else
        {
            writer.Put(rootNode, key, _keyLength, _place, leaf);
            _end?.ForgetWay();
        }

        if (_old.IsEmpty && HasAsterisk(name))
        {
            WildcardsAdded++;
        }

        if (keepBarriers)
        {
            Barriers.Place(arena, writer, rootNode, key, _keyLength, below: leaf.IsCut != _old.IsCut || leaf.HasDname != _old.HasDname);
        }
    }

    private uint BeginCell(ReadOnlySpan<byte> name, bool keepCase, int sets, int bytes, out byte* at)
    {
        var size = NameCell.SizeOf(name.Length, keepCase, bytes);
        var cell = writer.Allocate(size);
        at = NameCell.Begin(arena.At(cell), size, name, keepCase, sets);
        return cell;
    }

    private uint PutShared(ReadOnlySpan<byte> name, bool keepCase, int sets, int bytes)
    {
        if (_sets.Length < bytes)
        {
            _sets = new byte[Math.Max(bytes, 2 * _sets.Length)];
        }

        fixed (byte* written = _sets)
        {
            _records.Write(written);
            bytes = shared!.Replace(written, sets, bytes);
            var cell = BeginCell(name, keepCase, sets, bytes, out var at);
            new ReadOnlySpan<byte>(written, bytes).CopyTo(new Span<byte>(at, bytes));
            return cell;
        }
    }

    private void Remove(TrieNode* rootNode, byte* key)
    {
        if (keepBarriers && (_old.IsCut || _old.HasDname))
        {
            // First a leaf that bars nothing, so that the names below are free again.
            var leaf = TrieNode.Leaf(_keyLength, cut: false, dname: false, 0, _old.Reference);
            writer.Put(rootNode, key, _keyLength, _place, leaf);
            Barriers.Place(arena, writer, rootNode, key, _keyLength, below: true);
        }

        writer.Remove(rootNode, key, _keyLength);
        _end?.Forget();
        if (HasAsterisk(_name.AsSpan(0, _nameLength)))
        {
            WildcardsAdded--;
        }
    }

    private static bool HasAsterisk(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < name.Length; i += name[i] + 1)
        {
            if (name[i] == 1 && name[i + 1] == '*')
            {
                return true;
            }
        }

        return false;
    }
}
