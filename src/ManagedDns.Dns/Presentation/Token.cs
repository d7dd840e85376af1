namespace ManagedDns.Dns.Presentation;

/// <summary>One item of an entry, escapes unresolved, as a range of the text it was found in.</summary>
/// <param name="Line">The line it stands on, counted from 1.</param>
/// <param name="Quoted">Whether it stood in quotes; they are not part of the range.</param>
/// <param name="Glued">Whether nothing separates it from the item before, as the quotes in <c>alpn="h2"</c>.</param>
internal readonly record struct Token(int Start, int Length, int Line, bool Quoted, bool Glued);
