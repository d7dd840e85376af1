namespace ManagedDns.Dns.Wire;

/// <summary>Reads names that may be compressed (RFC 1035 §4.1.4). Every pointer must point before the piece it ends, so that reading always ends.</summary>
public static class CompressedName
{
    /// <summary>
    /// More pointers than a name has labels serve nobody: a chain of pointers to pointers would only cost time.
    /// </summary>
    private const int MaxPointers = 127;

    /// <summary>Writes the name at <paramref name="offset"/> uncompressed into <paramref name="name"/> (255 octets or more).</summary>
    /// <param name="next">The offset behind the name as it lies in the message.</param>
    /// <returns>The length written, or -1 where the name is malformed.</returns>
    public static int Expand(ReadOnlySpan<byte> message, int offset, Span<byte> name, out int next)
    {
        next = -1;
        var written = 0;
        var piece = offset;
        for (var pointers = 0; pointers <= MaxPointers; pointers++)
        {
            var i = piece;
            int label;
            while (true)
            {
                if ((uint)i >= (uint)message.Length)
                {
                    return -1;
                }

                label = message[i];
                if (label is 0 or > DomainName.MaxLabelLength)
                {
                    break;
                }

                i += label + 1;
            }

            var end = label == 0 ? i + 1 : i;
            if (written + end - piece > DomainName.MaxWireLength)
            {
                return -1;
            }

            message[piece..end].CopyTo(name[written..]);
            written += end - piece;
            if (label == 0)
            {
                next = next < 0 ? end : next;
                return written;
            }

            if (!TryReadPointer(message, i, out var target) || target >= piece)
            {
                return -1;
            }

            next = next < 0 ? i + 2 : next;
            piece = target;
        }

        return -1;
    }

    /// <summary>Reads the pointer at <paramref name="offset"/>; false where there is none or it points into the header.</summary>
    public static bool TryReadPointer(ReadOnlySpan<byte> message, int offset, out int target)
    {
        target = 0;
        if (offset + 1 >= message.Length || message[offset] < 0xC0)
        {
            return false;
        }

        target = ((message[offset] & 0x3F) << 8) | message[offset + 1];
        return target >= MessageHeader.Length;
    }
}
