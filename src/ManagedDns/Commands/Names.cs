using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>
/// Reads what people type: names with or without the final dot, in any script; networks as any address in them and a length, or one address.
/// </summary>
internal static class Names
{
    private const int MaxFileSize = 256 << 20;

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>.</exception>
    public static DomainName Parse(string text)
    {
        // A label may hold any octet; a space that somebody typed is a mistake all the same.
        if (text.Any(char.IsWhiteSpace))
        {
            throw Invalid(text, $"The name '{text}' has a space in it.", @"Write it as example.com; \032 stands for a space that is meant.");
        }

        return DomainName.TryParse(text, out var name, out var error) ? name : throw Invalid(text, error, "Write it as example.com.");
    }

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>.</exception>
    public static IPNetwork ParseNetwork(string text)
    {
        if (IPNetwork.TryParse(text, out var network))
        {
            return network;
        }

        if (TryAddress(text, out var address))
        {
            return new IPNetwork(address, Bits(address));
        }

        throw Invalid(text, $"'{text}' is no network.", "Write it as 192.0.2.0/24, 2001:db8::/32, or an address.");
    }

    /// <summary>Reads an address that is written out in full: not 192.0.2 for 192.0.0.2, nor 010.0.0.1 for 8.0.0.1.</summary>
    public static bool TryAddress(string text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address) && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text);

    /// <summary>Where a name server is reached: at port 53 where no other is given.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>.</exception>
    public static IPEndPoint EndPoint(string text)
    {
        const int DnsPort = 53;
        return IPEndPoint.TryParse(text, out var endPoint) && (endPoint.AddressFamily != AddressFamily.InterNetwork || text.StartsWith($"{endPoint.Address}", StringComparison.Ordinal))
            ? new IPEndPoint(endPoint.Address, endPoint.Port == 0 ? DnsPort : endPoint.Port)
            : throw Invalid(text, $"'{text}' is no address.", "Write it as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353.");
    }

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>.</exception>
    public static RecordType ParseType(string text) =>
        RecordTypeNames.TryParse(text, out var type) ? type : throw Invalid(
            text, $"'{text}' is no RR type.", "Give a mnemonic (A, MX, …) or TYPE and a number.");

    /// <summary>
    /// A test for names given with wildcards. The final dot and case do not matter; international names match as they were written.
    /// </summary>
    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>: it is no pattern.</exception>
    public static Func<string, bool> Matcher(string pattern)
    {
        var wildcard = WildcardPattern.Get(pattern.Length > 1 ? pattern.TrimEnd('.') : pattern, WildcardOptions.IgnoreCase);
        try
        {
            // What is no pattern is found out by the first look.
            wildcard.IsMatch("");
            return wildcard.IsMatch;
        }
        catch (WildcardPatternException)
        {
            throw Invalid(
                pattern, $"'{pattern}' is no pattern: a bracket is not closed.", "Write * for anything, ? for one character, [ab] for one of some.");
        }
    }

    /// <param name="most">Octets: a device or a pipe may go on for ever.</param>
    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>: it cannot be read, or is larger.</exception>
    public static string ReadFile(string path, int most = MaxFileSize)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var read = new MemoryStream();
            var block = new byte[64 << 10];
            for (var count = file.Read(block); count > 0; count = file.Read(block))
            {
                read.Write(block, 0, count);
                if (read.Length > most)
                {
                    throw Invalid(path, $"'{path}' is larger than {most >> 20} MiB.", "Give the file that is meant.");
                }
            }

            read.Position = 0;
            using var text = new StreamReader(read);
            return text.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Invalid(path, $"'{path}' cannot be read: {Why(e)}", "Give the path of a file that you may read.");
        }
    }

    /// <summary>Why a file cannot be read or written, in the words that follow a colon.</summary>
    public static string Why(Exception fault) => fault switch
    {
        FileNotFoundException => "there is no such file.",
        DirectoryNotFoundException => "there is no such folder.",
        PathTooLongException => "the path is too long.",
        UnauthorizedAccessException => "it is a folder, or this user may not.",
        _ => fault.Message,
    };

    public static StoreException Invalid(string target, string message, string remedy) =>
        new(StoreError.Invalid, message, remedy) { Target = target };

    public static StoreException Unknown(string target, string message, string remedy) =>
        new(StoreError.Unknown, message, remedy) { Target = target };

    private static int Bits(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
}
