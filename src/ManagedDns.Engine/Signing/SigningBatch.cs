using System.Runtime.InteropServices;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// Records on their way into a signed zone, owner after owner, with RRSIG records whose signatures are still to be made: filled by one thread, signed by
/// as many as help, then read in order. Reusable.
/// </summary>
internal sealed class SigningBatch
{
    /// <summary>Signatures that a thread takes at a time.</summary>
    private const int Portion = 16;

    private readonly List<Entry> _entries = [];
    private readonly List<Job> _jobs = [];
    private byte[] _octets = new byte[64 * 1024];
    private int _used;
    private int _owner;
    private int _ownerLength;
    private int _nextJob;

    public int Jobs => _jobs.Count;

    public int Records => _entries.Count;

    public void Clear()
    {
        _entries.Clear();
        _jobs.Clear();
        _used = 0;
        _nextJob = 0;
    }

    /// <summary>Sets the owner of what is added next.</summary>
    public void Begin(ReadOnlySpan<byte> owner)
    {
        _owner = Take(owner.Length);
        _ownerLength = owner.Length;
        owner.CopyTo(_octets.AsSpan(_owner));
    }

    public void Add(RecordType type, uint ttl, ReadOnlySpan<byte> rdata)
    {
        var at = Take(rdata.Length);
        rdata.CopyTo(_octets.AsSpan(at));
        _entries.Add(new(_owner, _ownerLength, type, ttl, at, rdata.Length));
    }

    /// <summary>Adds an RRSIG record over the RRset, to be signed when <see cref="Sign"/> is called.</summary>
    public void AddSignature(CanonicalRrset records, SigningKey key, ReadOnlySpan<byte> zone, uint inception, uint expiration)
    {
        var headerLength = Rrsig.FixedLength + zone.Length;
        var rdata = Take(headerLength + key.SignatureLength);
        Rrsig.WriteHeader(
            _octets.AsSpan(rdata), records.Type, key.Public.Algorithm, Rrsig.CountLabels(records.Owner), records.Ttl, expiration, inception, key.Public.Tag, zone);
        var data = Take(headerLength + records.Length);
        _octets.AsSpan(rdata, headerLength).CopyTo(_octets.AsSpan(data));
        records.Write(_octets.AsSpan(data + headerLength));
        _jobs.Add(new(key, data, _used - data, rdata + headerLength));
        _entries.Add(new(_owner, _ownerLength, RecordType.RRSIG, records.Ttl, rdata, headerLength + key.SignatureLength));
    }

    /// <summary>Makes signatures until none is left to begin; any number of threads may be here at once, while nobody adds.</summary>
    public void Sign()
    {
        var jobs = CollectionsMarshal.AsSpan(_jobs);
        while (true)
        {
            var from = Interlocked.Add(ref _nextJob, Portion) - Portion;
            if (from >= jobs.Length)
            {
                return;
            }

            foreach (ref readonly var job in jobs[from..Math.Min(from + Portion, jobs.Length)])
            {
                job.Key.Sign(_octets.AsSpan(job.Data, job.DataLength), _octets.AsSpan(job.Signature, job.Key.SignatureLength));
            }
        }
    }

    public WireRecord this[int index]
    {
        get
        {
            var entry = _entries[index];
            return new(
                _octets.AsSpan(entry.Owner, entry.OwnerLength), entry.Type, RecordClass.IN, entry.Ttl, _octets.AsSpan(entry.Rdata, entry.RdataLength));
        }
    }

    private int Take(int length)
    {
        if (_octets.Length < _used + length)
        {
            Array.Resize(ref _octets, Math.Max(2 * _octets.Length, _used + length));
        }

        _used += length;
        return _used - length;
    }

    private readonly record struct Entry(int Owner, int OwnerLength, RecordType Type, uint Ttl, int Rdata, int RdataLength);

    private readonly record struct Job(SigningKey Key, int Data, int DataLength, int Signature);
}
