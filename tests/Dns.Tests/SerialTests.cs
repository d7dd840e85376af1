using CsCheck;

namespace ManagedDns.Dns.Tests;

/// <summary>Serial number arithmetic: RFC 1982.</summary>
public class SerialTests
{
    [Theory]
    [InlineData(1, 0, true)]
    [InlineData(0, 1, false)]
    [InlineData(5, 5, false)]
    [InlineData(0, uint.MaxValue, true)]
    [InlineData(2147483647, 0, true)]
    [InlineData(2147483648, 0, false)]
    [InlineData(0, 2147483648, false)]
    [InlineData(2147483649, 0, false)]
    [InlineData(0, 2147483649, true)]
    [InlineData(2026112202, 2026112201, true)]
    public void A_serial_is_newer_when_it_lies_less_than_half_the_circle_ahead(uint serial, uint other, bool isNewer) =>
        Assert.Equal(isNewer, new Serial(serial).IsNewerThan(other));

    [Fact]
    public void Of_two_serials_one_is_newer_unless_they_are_equal_or_opposite() =>
        Gen.Select(Gen.UInt, Gen.UInt).Sample((a, b) =>
            Assert.Equal(a != b && unchecked(a - b) != 1u << 31, new Serial(a).IsNewerThan(b) != new Serial(b).IsNewerThan(a)));
}
