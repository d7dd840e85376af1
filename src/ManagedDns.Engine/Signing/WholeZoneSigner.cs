using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// Signs a whole zone: one thread walks the received version and fills batches, all threads make the signatures of one batch while the next is filled, and
/// the finished records go in order into the new version. Signatures of the version before that still fit are taken over.
/// </summary>
internal sealed unsafe class WholeZoneSigner : IDisposable
{
    private const int BatchJobs = 2048;

    private readonly SigningPlan _plan;
    private readonly ZoneContents _received;
    private readonly ZoneContents? _before;
    private readonly OwnerWriter _owners;
    private readonly ZoneBuilder _builder;
    private readonly int _helpers;
    private readonly List<Nsec3Entry> _hashes = [];
    private readonly CancellationToken _cancellation;
    private SigningBatch _filling = new();
    private SigningBatch _signing = new();
    private Task _work = Task.CompletedTask;

    /// <param name="before">The signed version before, for its signatures; null: there is none.</param>
    /// <param name="renewBefore">Signatures that end before this are made anew.</param>
    public WholeZoneSigner(
        SigningPlan plan, ZoneContents received, ZoneContents? before, uint serial, DateTimeOffset now, DateTimeOffset renewBefore, int threads,
        CancellationToken cancellation)
    {
        _plan = plan;
        _received = received;
        _before = before;
        _owners = new(plan, new SetWriter(plan, received.Apex, now, renewBefore), received, serial);
        _builder = new(received.Apex);
        _helpers = threads - 1;
        _cancellation = cancellation;
    }

    public ZoneContents Sign()
    {
        WriteNames();
        if (_plan.IsNsec3)
        {
            WriteNsec3();
        }

        Turn();
        Turn();
        return _builder.Build();
    }

    public void Dispose()
    {
        // A helper must not sign on when what it signs is gone.
        _work.Wait(CancellationToken.None);
        _builder.Dispose();
    }

    private void WriteNames()
    {
        var header = _received.Version.Header;
        var path = stackalloc TrieCursor.Level[TrieCursor.MaxDepth];
        var cursor = new TrieCursor(header->Chunks, path);
        var apex = new ReadOnlySpan<byte>(header->ApexAsGiven, header->ApexLength);
        Span<byte> owner = stackalloc byte[DomainName.MaxWireLength];
        Span<byte> pending = stackalloc byte[DomainName.MaxWireLength];
        var (pendingLength, pendingBitmap) = (0, Array.Empty<byte>());
        for (cursor.SeekFirst(&header->Names); cursor.Leaf != null; cursor.Next())
        {
            var cell = Arena.At(header->Chunks, cursor.Leaf->Reference);
            var name = NameCell.NameAsGiven(cell);
            name.CopyTo(owner);
            apex.CopyTo(owner[name.Length..]);
            var full = owner[..(name.Length + apex.Length)];
            var kind = OwnerWriter.KindOf(cursor.Leaf, cell);
            var isInChain = _owners.IsInChain(kind);
            if (isInChain && !_plan.IsNsec3 && pendingLength > 0)
            {
                WriteNsec(pending[..pendingLength], full, pendingBitmap);
            }

            _owners.Write(_filling, full, cell, kind, isApex: name.IsEmpty, Before(name, isNsec3: false));
            if (isInChain && _plan.IsNsec3)
            {
                AddHashes(full, pending[..pendingLength], apex.Length);
            }
            else if (isInChain)
            {
                _owners.Types.Add(RecordType.NSEC);
                _owners.Types.Add(RecordType.RRSIG);
                pendingBitmap = _owners.Types.ToBitmap();
            }

            if (isInChain)
            {
                full.CopyTo(pending);
                pendingLength = full.Length;
            }

            TurnWhenFull();
        }

        if (!_plan.IsNsec3)
        {
            WriteNsec(pending[..pendingLength], apex, pendingBitmap);
        }
    }

    private void WriteNsec(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> next, byte[] bitmap)
    {
        _filling.Begin(owner);
        _owners.Sets.Write(
            _filling, owner, RecordType.NSEC, _owners.DenialTtl, [OwnerWriter.NsecRdata(next, bitmap)],
            Before(owner[..^_received.Apex.Wire.Length], isNsec3: false));
    }

    /// <summary>Notes the owner's hash, and those of the empty non-terminals between it and what it has in common with the owner before.</summary>
    private void AddHashes(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> previous, int apexLength)
    {
        AddHash(owner, _owners.Types.ToBitmap());
        var ancestor = owner;
        while (ancestor.Length > apexLength && (ancestor = ancestor[(ancestor[0] + 1)..]).Length > apexLength && !WireName.IsSubdomainOf(previous, ancestor))
        {
            AddHash(ancestor, []);
        }
    }

    private void AddHash(ReadOnlySpan<byte> name, byte[] bitmap)
    {
        Span<byte> hash = stackalloc byte[Nsec3Names.HashLength];
        Nsec3Names.Hash(name, hash);
        _hashes.Add(new(new(hash), bitmap));
    }

    private void WriteNsec3()
    {
        _hashes.Sort();
        Span<byte> owner = stackalloc byte[DomainName.MaxWireLength];
        Span<byte> hash = stackalloc byte[Nsec3Names.HashLength];
        var apex = _received.Apex.Wire;
        for (var i = 0; i < _hashes.Count; i++)
        {
            _hashes[i].Hash.CopyTo(hash);
            var length = Nsec3Names.WriteOwner(apex, hash, owner);
            _hashes[(i + 1) % _hashes.Count].Hash.CopyTo(hash);
            _filling.Begin(owner[..length]);
            _owners.Sets.Write(
                _filling, owner[..length], RecordType.NSEC3, _owners.DenialTtl, [Nsec3Names.Rdata(_plan.IsOptOut, hash, _hashes[i].Bitmap)],
                Before(owner[..(length - apex.Length)], isNsec3: true));
            TurnWhenFull();
        }
    }

    private byte* Before(ReadOnlySpan<byte> name, bool isNsec3) => _before is null ? null : ZoneNames.Cell(_before.Version.Header, name, isNsec3, out _);

    private void TurnWhenFull()
    {
        if (_filling.Jobs >= BatchJobs || _filling.Records >= 4 * BatchJobs)
        {
            Turn();
        }
    }

    /// <summary>
    /// Finishes the batch that is being signed, and has the one that was filled signed while the finished records go into the new version.
    /// </summary>
    private void Turn()
    {
        _cancellation.ThrowIfCancellationRequested();
        _signing.Sign();
        _work.Wait(CancellationToken.None);
        var (finished, batch) = (_signing, _filling);
        (_filling, _signing) = (finished, batch);
        _work = _helpers == 0 || batch.Jobs == 0 ? Task.CompletedTask : Task.WhenAll(Enumerable.Range(0, _helpers).Select(_ => Task.Run(batch.Sign)));
        for (var i = 0; i < finished.Records; i++)
        {
            _builder.Add(finished[i]);
        }

        finished.Clear();
    }

    private readonly record struct Nsec3Entry(Hash20 Hash, byte[] Bitmap) : IComparable<Nsec3Entry>
    {
        public int CompareTo(Nsec3Entry other) => Hash.CompareTo(other.Hash);
    }
}
