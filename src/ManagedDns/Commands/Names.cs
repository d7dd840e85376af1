using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>Reads what people type: names with or without the final dot, in any script; networks as any address in them and a length, or one address.</summary>
internal static class Names
{
    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>.</exception>
    public static DomainName Parse(string text) =>
        DomainName.TryParse(text, out var name, out var error) ? name : throw Invalid(text, error, "Write it as example.com.");

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>.</exception>
    public static IPNetwork ParseNetwork(string text)
    {
        if (IPNetwork.TryParse(text, out var network))
        {
            return network;
        }

        if (IPAddress.TryParse(text, out var address))
        {
            return new IPNetwork(address, Bits(address));
        }

        throw Invalid(text, $"'{text}' is no network.", "Write it as 192.0.2.0/24, 2001:db8::/32, or an address.");
    }

    /// <summary>Where a name server is reached: at port 53 where no other is given.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>.</exception>
    public static IPEndPoint EndPoint(string text)
    {
        const int DnsPort = 53;
        return IPEndPoint.TryParse(text, out var endPoint)
            ? new IPEndPoint(endPoint.Address, endPoint.Port == 0 ? DnsPort : endPoint.Port)
            : throw Invalid(text, $"'{text}' is no address.", "Write it as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353.");
    }

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>.</exception>
    public static RecordType ParseType(string text) =>
        RecordTypeNames.TryParse(text, out var type) ? type : throw Invalid(
            text, $"'{text}' is no RR type.", "Give a mnemonic (A, MX, …) or TYPE and a number.");

    /// <summary>A test for names given with wildcards. The final dot and case do not matter; international names match as they were written.</summary>
    public static Func<string, bool> Matcher(string pattern)
    {
        var wildcard = WildcardPattern.Get(pattern.Length > 1 ? pattern.TrimEnd('.') : pattern, WildcardOptions.IgnoreCase);
        return wildcard.IsMatch;
    }

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>: it cannot be read.</exception>
    public static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Invalid(path, $"'{path}' cannot be read: {e.Message}", "Give the path of a file that you may read.");
        }
    }

    public static StoreException Invalid(string target, string message, string remedy) => new(StoreError.Invalid, message, remedy) { Target = target };

    public static StoreException Unknown(string target, string message, string remedy) => new(StoreError.Unknown, message, remedy) { Target = target };

    private static int Bits(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
}
