using System.Runtime.InteropServices;
using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>The addresses of the name servers in an answer or a referral, as far as the zone has them: the additional section.</summary>
internal sealed unsafe class AdditionalAddresses : IDisposable
{
    private readonly NameLookup* _server = (NameLookup*)NativeMemory.AllocZeroed(1, (nuint)sizeof(NameLookup));
    private Response* _response;
    private NameLookup* _name;
    private bool _dnssec;

    ~AdditionalAddresses() => NativeMemory.Free(_server);

    private enum Round
    {
        /// <summary>Servers below the cut: without their addresses nobody gets there (RFC 9471).</summary>
        BelowCut,

        /// <summary>Other servers of a referral: a courtesy.</summary>
        Others,
    }

    public void Begin(Response* response, bool dnssec)
    {
        _response = response;
        _dnssec = dnssec;
    }

    /// <summary>Appends the addresses for a referral: first those that must be there, then the others.</summary>
    /// <param name="name">A name at or below the cut.</param>
    /// <param name="records">The NS records, in the message.</param>
    /// <param name="depth">The depth of the cut.</param>
    public void AppendForReferral(NameLookup* name, byte* records, byte* end, int depth)
    {
        _name = name;
        var others = false;
        for (var record = records; record < end; record = RecordSet.NextRecord(record))
        {
            others |= !Append(record, depth, Round.BelowCut);
        }

        for (var record = records; others && record < end; record = RecordSet.NextRecord(record))
        {
            Append(record, depth, Round.Others);
        }
    }

    /// <summary>Appends the addresses for NS records that are the answer: a courtesy to resolvers that prime.</summary>
    public void AppendForAnswer(NameLookup* name, byte* records, byte* end)
    {
        _name = name;
        for (var record = records; record < end; record = RecordSet.NextRecord(record))
        {
            if (ReadServer(record))
            {
                AppendFound(record, required: false);
            }
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_server);
        GC.SuppressFinalize(this);
    }

    /// <returns>False where the server is for the other round.</returns>
    private bool Append(byte* record, int depth, Round round)
    {
        if (!ReadServer(record))
        {
            return true;
        }

        if (_server->IsBelow(_name, depth) != (round == Round.BelowCut))
        {
            return false;
        }

        AppendFound(record, required: round == Round.BelowCut);
        return true;
    }

    /// <summary>Reads the server's name. False where it does not lie in this zone.</summary>
    private bool ReadServer(byte* record)
    {
        var rdata = record + RecordSet.RecordHeader;
        var length = RecordSet.RdataLength(record);
        return length > _name->Zone->ApexLength && _server->Read(rdata, rdata + length) != 0 && _server->IsBelow(_name, 0);
    }

    private void AppendFound(byte* record, bool required)
    {
        _server->Zone = _name->Zone;
        _server->BeginDescent();
        _server->Descend();
        _server->Match();
        if (_server->IsExact)
        {
            AppendSet(RecordType.A, record, required);
            AppendSet(RecordType.AAAA, record, required);
        }
    }

    private void AppendSet(RecordType type, byte* record, bool required)
    {
        var set = NameCell.Find(_server->Cell, type);
        if (set == null)
        {
            return;
        }

        var owner = _response->OffsetOf(record + RecordSet.RecordHeader);
        var length = RecordSet.RdataLength(record);
        if (!_response->AppendOwnedBy(set, owner, length, ref _response->Additionals))
        {
            _response->IsOverfull |= required;
            return;
        }

        // RFC 4035 §3.1.1: left out without TC where there is no room.
        var signatures = _dnssec ? NameCell.Signatures(_server->Cell, set) : null;
        if (signatures != null)
        {
            _response->AppendOwnedBy(signatures, owner, length, ref _response->Additionals);
        }
    }
}
