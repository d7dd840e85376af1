using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using ManagedDns.Dns.Presentation;

namespace ManagedDns.Dns;

/// <summary>Domain names as strings: <see cref="NameText"/> for people's input, with internationalised names (RFC 5891) on top.</summary>
internal static class DomainNameText
{
    private static readonly IdnMapping s_idn = new() { AllowUnassigned = false, UseStd3AsciiRules = false };

    /// <summary>Reads <paramref name="text"/>; a name without a final dot is completed with the wire name <paramref name="origin"/>.</summary>
    public static bool TryParse(string text, ReadOnlySpan<byte> origin, [NotNullWhen(true)] out byte[]? wire, [NotNullWhen(false)] out string? error)
    {
        wire = null;
        if (!Ascii.IsValid(text) && !TryMapToAscii(ref text, out error))
        {
            return false;
        }

        Span<byte> name = stackalloc byte[DomainName.MaxWireLength];
        if (!NameText.TryRead(Encoding.ASCII.GetBytes(text), origin, name, out var length, out error))
        {
            return false;
        }

        wire = name[..length].ToArray();
        return true;
    }

    public static string Format(ReadOnlySpan<byte> wire)
    {
        var text = new TextBuffer(wire.Length + 16);
        NameText.Write(wire, text);
        return text.ToString();
    }

    private static bool TryMapToAscii(ref string text, [NotNullWhen(false)] out string? error)
    {
        error = null;
        var absolute = text[^1] == '.';
        try
        {
            // RFC 5895 §2: lower case and composed. Whether IdnMapping does it itself depends on the host's globalization mode.
            text = text.Normalize(NormalizationForm.FormC).ToLowerInvariant();
            text = s_idn.GetAscii(absolute ? text[..^1] : text) + (absolute ? "." : "");
            return true;
        }
        catch (ArgumentException)
        {
            error = $"The name '{text}' is no internationalised domain name that can be written as A-labels (RFC 5891).";
            return false;
        }
    }
}
