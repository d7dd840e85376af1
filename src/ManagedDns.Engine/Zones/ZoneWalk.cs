using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// Goes through all records of a version: the SOA first, then the apex, then all names in canonical order, then NSEC3 records.
/// Allocates nothing per record. For one thread; holds the version until disposed.
/// </summary>
public sealed unsafe class ZoneWalk : IDisposable
{
    private readonly ZoneContents _contents;
    private readonly ZoneHeader* _header;
    private readonly byte* _memory;
    private readonly byte* _owner;
    private TrieCursor _cursor;

    // Written once it is asked for; 0: not yet.
    private int _ownerLength;
    private byte* _cell;
    private Stage _stage = Stage.Soa;
    private byte* _record;
    private RecordSet* _entered;
    private RecordSet* _set;
    private int _setsLeft;

    internal ZoneWalk(ZoneContents contents)
    {
        _contents = contents;
        _header = contents.Version.Header;
        var pathBytes = TrieCursor.MaxDepth * sizeof(TrieCursor.Level);
        _memory = (byte*)NativeMemory.Alloc((nuint)(pathBytes + DomainName.MaxWireLength + 1));
        _owner = _memory + pathBytes;
        _cursor = new TrieCursor(_header->Chunks, (TrieCursor.Level*)_memory);
    }

    private enum Stage
    {
        Soa, Names, Nsec3, End,
    }

    /// <summary>The record; its spans live until the next move (the RDATA as long as this walk).</summary>
    public WireRecord Current => Read(_record, CurrentOwner);

    /// <summary>The record from its type to the end of its RDATA (type, class, TTL, RDATA length, RDATA), names uncompressed: to be sent as it lies.</summary>
    public ReadOnlySpan<byte> CurrentBody => new(_record + 2, RecordSet.RecordHeader - 2 + RecordSet.RdataLength(_record));

    /// <summary>The owner of <see cref="Current"/> in wire form, as the primary wrote it.</summary>
    public ReadOnlySpan<byte> CurrentOwner
    {
        get
        {
            if (_ownerLength == 0)
            {
                WriteOwner();
            }

            return new(_owner, _ownerLength);
        }
    }

    /// <summary>Whether <see cref="Current"/> is the first record of its owner here.</summary>
    public bool IsNewOwner { get; private set; }

    /// <summary>The RRset of <see cref="Current"/>, wherever its records lie.</summary>
    internal RecordSet* CurrentSet => _entered;

    /// <summary>Whether other owners have the same RRset, kept once (<see cref="SharedSets"/>).</summary>
    internal bool IsShared { get; private set; }

    /// <summary>Whether the walk has come to the NSEC3 records.</summary>
    internal bool IsAtNsec3 => _stage == Stage.Nsec3;

    public bool MoveNext()
    {
        if (_record != null && MoveNextInSet())
        {
            return true;
        }

        return MoveToNextSet();
    }

    /// <summary>Goes to the first record of the next RRset, whatever is left of this one.</summary>
    internal bool MoveToNextSet()
    {
        IsNewOwner = false;
        return NextSet();
    }

    /// <summary>Goes to the first record of the owner at a place. False where there is no such owner: then the walk has ended.</summary>
    internal bool MoveTo(ZonePlace place)
    {
        if (place.IsApex)
        {
            _stage = Stage.Soa;
            NextSet();
            return true;
        }

        _stage = place.IsNsec3 ? Stage.Nsec3 : Stage.Names;
        fixed (byte* key = place.Key)
        fixed (TrieCursor* cursor = &_cursor)
        {
            if (!cursor->SeekAtOrBefore(place.IsNsec3 ? &_header->Nsec3 : &_header->Names, key, place.Key.Length))
            {
                End();
                return false;
            }
        }

        EnterLeaf();
        return NextSet();
    }

    public void Dispose()
    {
        if (_stage == Stage.End && _setsLeft < 0)
        {
            return;
        }

        _stage = Stage.End;
        _setsLeft = -1;
        _record = null;
        NativeMemory.Free(_memory);
        _contents.Dispose();
    }

    internal static WireRecord Read(byte* record, ReadOnlySpan<byte> owner)
    {
        var header = new ReadOnlySpan<byte>(record, RecordSet.RecordHeader);
        return new WireRecord(
            owner,
            (RecordType)BinaryPrimitives.ReadUInt16BigEndian(header[2..]),
            (RecordClass)BinaryPrimitives.ReadUInt16BigEndian(header[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(header[6..]),
            new ReadOnlySpan<byte>(record + RecordSet.RecordHeader, BinaryPrimitives.ReadUInt16BigEndian(header[10..])));
    }

    private bool MoveNextInSet()
    {
        IsNewOwner = false;
        _record = RecordSet.NextRecord(_record);
        return _record < (byte*)_entered->Next;
    }

    private bool NextSet()
    {
        if (_stage == Stage.Soa)
        {
            EnterName(_header->ApexCell);
            Enter(NameCell.Find(_header->ApexCell, RecordType.SOA));
            fixed (TrieCursor* cursor = &_cursor)
            {
                cursor->SeekFirst(&_header->Names);
            }

            _stage = Stage.Names;
            _set = NameCell.FirstSet(_header->ApexCell);
            _setsLeft = NameCell.SetCount(_header->ApexCell);
            return true;
        }

        while (true)
        {
            while (_setsLeft > 0)
            {
                var set = _set;
                _setsLeft--;
                _set = set->Next;
                if (set->Type == (ushort)RecordType.SOA && _cell == _header->ApexCell)
                {
                    continue;
                }

                Enter(set);
                return true;
            }

            if (!NextName())
            {
                return false;
            }
        }
    }

    private bool NextName()
    {
        if (_stage == Stage.End)
        {
            return false;
        }

        _cursor.Next();
        if (_cursor.Leaf == null && _stage == Stage.Names)
        {
            _stage = Stage.Nsec3;
            _cursor.SeekFirst(&_header->Nsec3);
        }

        if (_cursor.Leaf == null)
        {
            End();
            return false;
        }

        EnterLeaf();
        return true;
    }

    private void End()
    {
        _stage = Stage.End;
        _setsLeft = 0;
        _record = null;
    }

    private void EnterLeaf()
    {
        var cell = Arena.At(_header->Chunks, _cursor.Leaf->Reference);
        EnterName(cell);
        _set = NameCell.FirstSet(cell);
        _setsLeft = NameCell.SetCount(cell);
    }

    private void EnterName(byte* cell)
    {
        _cell = cell;
        _ownerLength = 0;
        IsNewOwner = true;
    }

    private void WriteOwner()
    {
        var name = NameCell.NameAsGiven(_cell);
        name.CopyTo(new Span<byte>(_owner, name.Length));
        new ReadOnlySpan<byte>(_header->ApexAsGiven, _header->ApexLength).CopyTo(new Span<byte>(_owner + name.Length, _header->ApexLength));
        _ownerLength = name.Length + _header->ApexLength;
    }

    private void Enter(RecordSet* set)
    {
        IsShared = set->IsReference;
        _entered = set->Resolved;
        _record = _entered->Records;
    }
}
