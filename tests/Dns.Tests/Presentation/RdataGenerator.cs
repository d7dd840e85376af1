using CsCheck;
using ManagedDns.Dns.Records;

namespace ManagedDns.Dns.Tests.Presentation;

/// <summary>Random well-formed RDATA, field by field.</summary>
internal static class RdataGenerator
{
    private static readonly Gen<byte[]> s_label =
        Gen.OneOf(Gen.Char["abcXYZ019-_*"].Select(c => (byte)c), Gen.Byte).Array[1, 12].Select(octets => (byte[])[(byte)octets.Length, .. octets]);

    public static readonly Gen<byte[]> Name = s_label.Array[0, 8].Select(labels => (byte[])[.. labels.SelectMany(label => label), 0]);

    public static Gen<byte[]> For(RdataLayout layout) =>
        layout.Fields.ToArray().Select(Of).Aggregate(Gen.Const<byte[]>([]), (all, field) => Gen.Select(all, field, (left, right) => (byte[])[.. left, .. right]));

    private static Gen<byte[]> Of(RdataField field) => field switch
    {
        RdataField.CompressibleName or RdataField.DecompressibleName or RdataField.CanonicalName or RdataField.Name => Name,
        RdataField.Names => Name.Array[0, 3].Select(Join),
        RdataField.CharString => Counted(0),
        RdataField.OptionalCharString => Gen.OneOf(Gen.Const<byte[]>([]), Counted(0)),
        RdataField.CharStrings => Counted(0).Array[1, 4].Select(Join),
        RdataField.Tag => Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789"].Array[1, 15].Select(tag => (byte[])[(byte)tag.Length, .. tag.Select(c => (byte)c)]),
        RdataField.Hex or RdataField.Base64 or RdataField.Nsap => Gen.Byte.Array[1, 40],
        RdataField.Salt => Counted(0),
        RdataField.HashedOwner => Counted(1),
        RdataField.Types => Gen.UShort.Array[0, 12].Select(Bitmap),
        RdataField.PlainBitmap => Gen.Byte.Array[1, 16],
        RdataField.Services => Gen.Byte.Array[1, 20],
        RdataField.Location => Gen.Byte.Array[16],
        RdataField.PrefixedAddress => Gen.Select(Gen.Int[0, 128], Gen.Byte.Array[16], Name, Prefixed),
        RdataField.AddressPrefixes => AddressPrefix().Array[0, 3].Select(Join),
        RdataField.Gateway => Gateway(2),
        RdataField.Relay => Gateway(1),
        RdataField.HostIdentity => Gen.Select(Gen.Byte, Gen.Byte.Array[1, 20], Gen.Byte.Array[1, 20], Identity),
        RdataField.ServiceParameters => Gen.Select(Gen.Int[0, 12], Gen.Byte.Array[0, 20], (key, value) => (key, value)).Array[0, 4].Select(Parameters),
        _ when field.FixedLength() > 0 => Gen.Byte.Array[field.FixedLength()],
        _ => Gen.Byte.Array[0, 40],
    };

    private static Gen<byte[]> Counted(int minimum) => Gen.Byte.Array[minimum, 20].Select(octets => (byte[])[(byte)octets.Length, .. octets]);

    private static byte[] Join(byte[][] parts) => [.. parts.SelectMany(part => part)];

    private static byte[] Bitmap(ushort[] types)
    {
        Span<byte> bitmap = stackalloc byte[TypeBitmap.MaxLength];
        return bitmap[..TypeBitmap.Write([.. types.Select(type => (RecordType)type)], bitmap)].ToArray();
    }

    private static byte[] Prefixed(int prefix, byte[] address, byte[] name) =>
        [(byte)prefix, .. address[..((128 - prefix + 7) / 8)], .. prefix > 0 ? name : []];

    private static Gen<byte[]> AddressPrefix() =>
        Gen.Select(Gen.OneOf(1, 2, 3), Gen.Int[0, 32], Gen.Bool, Gen.Byte.Array[0, 4]).Select(
            (family, prefix, negated, address) => (byte[])[0, (byte)family, (byte)prefix, (byte)(address.Length | (negated ? 0x80 : 0)), .. address]);

    private static Gen<byte[]> Gateway(int header) =>
        Gen.Select(Gen.Int[0, 3], Gen.Byte.Array[16], Name).Select(
            (kind, address, name) => (byte[])
            [
                (byte)kind, .. header == 2 ? (byte[])[address[0]] : [],
                .. kind switch { 0 => [], 1 => address[..4], 2 => address, _ => name },
            ]);

    private static byte[] Identity(byte algorithm, byte[] tag, byte[] key) => [(byte)tag.Length, algorithm, 0, (byte)key.Length, .. tag, .. key];

    private static byte[] Parameters((int Key, byte[] Value)[] parameters) =>
        Join([.. parameters.DistinctBy(p => p.Key).OrderBy(p => p.Key).Select(p => (byte[])[0, (byte)p.Key, 0, (byte)p.Value.Length, .. p.Value])]);
}
