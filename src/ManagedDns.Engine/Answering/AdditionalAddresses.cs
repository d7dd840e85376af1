using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>The addresses of the name servers in an answer or a referral, as far as the zone has them: the additional section.</summary>
internal sealed unsafe class AdditionalAddresses : IDisposable
{
    private readonly NameLookup* _server = (NameLookup*)NativeMemory.AllocZeroed(1, (nuint)sizeof(NameLookup));
    private readonly byte* _wire = (byte*)NativeMemory.AllocZeroed(DomainName.MaxWireLength + AnswerContext.Slack);
    private Response* _response;
    private NameLookup* _name;
    private bool _dnssec;

    ~AdditionalAddresses() => Free();

    private enum Round
    {
        /// <summary>Servers below the cut: without their addresses nobody gets there (RFC 9471).</summary>
        BelowCut,

        /// <summary>Other servers of a referral: a courtesy.</summary>
        Others,

        /// <summary>All servers of an answer: a courtesy too.</summary>
        All,
    }

    public void Begin(Response* response, bool dnssec)
    {
        _response = response;
        _dnssec = dnssec;
    }

    /// <summary>Appends the addresses for a referral: first those that must be there, then the others.</summary>
    /// <param name="name">A name at or below the cut.</param>
    /// <param name="servers">The NS records as the zone has them.</param>
    /// <param name="records">The same in the message.</param>
    /// <param name="depth">The depth of the cut.</param>
    public void AppendForReferral(NameLookup* name, RecordSet* servers, byte* records, int depth)
    {
        _name = name;
        if (!Append(servers, records, depth, Round.BelowCut))
        {
            Append(servers, records, depth, Round.Others);
        }
    }

    /// <summary>Appends the addresses for NS records that are the answer: a courtesy to resolvers that prime.</summary>
    public void AppendForAnswer(NameLookup* name, RecordSet* servers, byte* records)
    {
        _name = name;
        Append(servers, records, 0, Round.All);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <returns>False where a server is for another round.</returns>
    private bool Append(RecordSet* servers, byte* record, int depth, Round round)
    {
        var complete = true;
        for (var server = servers->Records; server < (byte*)servers->Next; server = RecordSet.NextRecord(server), record = RecordSet.NextRecord(record))
        {
            if (!ReadServer(server))
            {
                continue;
            }

            var fits = round == Round.All || _server->IsBelow(_name, depth) == (round == Round.BelowCut);
            complete &= fits;
            if (fits)
            {
                AppendFound(record, required: round == Round.BelowCut);
            }
        }

        return complete;
    }

    /// <summary>Reads the server's name. False where it does not lie in this zone.</summary>
    private bool ReadServer(byte* record)
    {
        var length = RecordSet.RdataLength(record);
        if (length <= _name->Zone->ApexLength || length > DomainName.MaxWireLength)
        {
            return false;
        }

        // A zone ends where its memory ends; reading a name needs some octets more.
        Unsafe.CopyBlockUnaligned(_wire, record + RecordSet.RecordHeader, (uint)length);
        return _server->Read(_wire, _wire + length) != 0 && _server->IsBelow(_name, 0);
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

    private void Free()
    {
        NativeMemory.Free(_server);
        NativeMemory.Free(_wire);
    }
}
