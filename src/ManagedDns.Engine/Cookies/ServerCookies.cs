using System.Buffers.Binary;
using ManagedDns.Model;

namespace ManagedDns.Engine.Cookies;

/// <summary>
/// Makes and verifies interoperable server cookies (RFC 9018 §4): version 1, three reserved octets, a timestamp, and SipHash-2-4 over all
/// of these, the client cookie and the client's address. Thread-safe; takes no lock and allocates nothing but a daily secret.
/// </summary>
/// <remarks>
/// A query with a COOKIE option: <see cref="Check"/> its data, then, unless the verdict is <see cref="CookieVerdict.Malformed"/>,
/// <see cref="Write"/> the data of the answer's option with the verdict.
/// </remarks>
public sealed class ServerCookies
{
    /// <summary>The octets of the option's data in every answer: the client's cookie and ours.</summary>
    public const int OptionLength = ClientCookieLength + ServerCookieLength;

    private const int ClientCookieLength = 8;
    private const int ServerCookieLength = 16;
    private const int MinServerCookieLength = 8;
    private const int MaxServerCookieLength = 32;
    private const byte Version = 1;

    private const int TimestampOffset = 12;
    private const int HashOffset = 16;
    private const int MaxAddressLength = 16;

    // RFC 9018 §4.3.
    private const int MaxAge = 3600;
    private const int MaxFuture = 300;
    private const int RenewAge = 1800;

    // RFC 7873 §7.1 asks for a day and a bit; the other secret covers an hour more than a cookie lives.
    private const int OwnSecretLife = 24 * 3600;

    private Keys _keys;

    /// <param name="now">Seconds since 1970, modulo 2^32, here and below.</param>
    public ServerCookies(CookieSettings settings, uint now) => _keys = Keys.From(settings, now);

    /// <summary>Takes up changed secrets at once. A secret of our own stays while none is set.</summary>
    public void Apply(CookieSettings settings, uint now)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Secret is not null || !_keys.IsOwn)
        {
            Volatile.Write(ref _keys, Keys.From(settings, now));
        }
    }

    /// <param name="option">The data of the query's first COOKIE option.</param>
    /// <param name="client">The client's address: 4 or 16 octets; IPv4 mapped into IPv6 counts as IPv4.</param>
    public CookieVerdict Check(ReadOnlySpan<byte> option, ReadOnlySpan<byte> client, uint now)
    {
        if (option.Length != OptionLength)
        {
            return option.Length switch
            {
                ClientCookieLength => CookieVerdict.ClientOnly,
                >= ClientCookieLength + MinServerCookieLength and <= ClientCookieLength + MaxServerCookieLength => CookieVerdict.Bad,
                _ => CookieVerdict.Malformed,
            };
        }

        var age = (int)(now - BinaryPrimitives.ReadUInt32BigEndian(option[TimestampOffset..]));
        if (option[ClientCookieLength] != Version || age is > MaxAge or < -MaxFuture)
        {
            return CookieVerdict.Bad;
        }

        var keys = Volatile.Read(ref _keys);
        var hash = BinaryPrimitives.ReadUInt64LittleEndian(option[HashOffset..]);
        if (hash == Hash(keys.Current, option, client))
        {
            return age > RenewAge ? CookieVerdict.ValidRenew : CookieVerdict.Valid;
        }

        return keys.Other is { } other && hash == Hash(other, option, client) ? CookieVerdict.ValidRenew : CookieVerdict.Bad;
    }

    /// <summary>Writes the data of the answer's COOKIE option, <see cref="OptionLength"/> octets.</summary>
    /// <param name="verdict">What <see cref="Check"/> said of <paramref name="option"/>.</param>
    public void Write(CookieVerdict verdict, ReadOnlySpan<byte> option, ReadOnlySpan<byte> client, uint now, Span<byte> answer)
    {
        if (verdict == CookieVerdict.Valid)
        {
            option.CopyTo(answer);
            return;
        }

        option[..ClientCookieLength].CopyTo(answer);
        BinaryPrimitives.WriteUInt32BigEndian(answer[ClientCookieLength..], (uint)Version << 24);
        BinaryPrimitives.WriteUInt32BigEndian(answer[TimestampOffset..], now);
        BinaryPrimitives.WriteUInt64LittleEndian(answer[HashOffset..], Hash(KeysAt(now).Current, answer, client));
    }

    private static ulong Hash(SipHash key, ReadOnlySpan<byte> option, ReadOnlySpan<byte> client)
    {
        client = ClientAddress.Unmap(client);
        Span<byte> input = stackalloc byte[HashOffset + MaxAddressLength];
        option[..HashOffset].CopyTo(input);
        client.CopyTo(input[HashOffset..]);
        return key.Compute(input[..(HashOffset + client.Length)]);
    }

    private Keys KeysAt(uint now)
    {
        var keys = Volatile.Read(ref _keys);
        if (!keys.IsOwn || (int)(now - keys.MadeAt) < OwnSecretLife)
        {
            return keys;
        }

        // Whoever comes second uses what the first one made.
        var rolled = keys.Roll(now);
        var found = Interlocked.CompareExchange(ref _keys, rolled, keys);
        return found == keys ? rolled : found;
    }

    private sealed record Keys(SipHash Current, SipHash? Other, bool IsOwn, uint MadeAt)
    {
        public static Keys From(CookieSettings settings, uint now) => settings.Secret is { } secret
            ? new Keys(new SipHash(secret.Octets), settings.OtherSecret is { } other ? new SipHash(other.Octets) : null, IsOwn: false, now)
            : new Keys(SipHash.CreateRandom(), null, IsOwn: true, now);

        public Keys Roll(uint now) => new(SipHash.CreateRandom(), Current, IsOwn: true, now);
    }
}
