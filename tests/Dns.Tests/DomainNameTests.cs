using CsCheck;
using ManagedDns.Dns.Tests.Presentation;

namespace ManagedDns.Dns.Tests;

public class DomainNameTests
{
    [Theory]
    [InlineData("example.com", "076578616D706C6503636F6D00", "example.com.")]
    [InlineData("example.com.", "076578616D706C6503636F6D00", "example.com.")]
    [InlineData(".", "00", ".")]
    [InlineData("a\\.b.c", "03612E620163" + "00", "a\\.b.c.")]
    [InlineData("a\\046b.c.", "03612E620163" + "00", "a\\.b.c.")]
    [InlineData("\\000\\255\\032.", "0300FF2000", "\\000\\255\\032.")]
    [InlineData("\\a\\b.", "02616200", "ab.")]
    [InlineData("\\\"\\;\\(\\)\\@\\$\\\\.", "07223B2829402" + "45C00", "\\\"\\;\\(\\)\\@\\$\\\\.")]
    [InlineData("*.Example", "012A074578616D706C6500", "*.Example.")]
    [InlineData("_sip._tcp", "045F736970045F74637000", "_sip._tcp.")]
    [InlineData("a\\.", "02612E00", "a\\..")]
    [InlineData("a/b.c", "03612F62016300", "a/b.c.")]
    public void Names_are_read_and_written_with_escapes(string text, string wire, string written)
    {
        var name = DomainName.Parse(text);

        Assert.Equal(wire, Convert.ToHexString(name.Wire));
        Assert.Equal(written, name.ToString());
        Assert.Equal(name.Wire.ToArray(), DomainName.Parse(written).Wire.ToArray());
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("..", "empty label")]
    [InlineData(".a", "empty label")]
    [InlineData("a..b", "empty label")]
    [InlineData("a\\", "escape")]
    [InlineData("a\\1", "escape")]
    [InlineData("a\\12x", "escape")]
    [InlineData("a\\256", "escape")]
    public void Text_that_is_no_name_is_told_why(string text, string reason)
    {
        Assert.False(DomainName.TryParse(text, out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Equal(error, Assert.Throws<FormatException>(() => DomainName.Parse(text)).Message);
    }

    [Theory]
    [InlineData("münchen.example", "xn--mnchen-3ya.example.")]
    [InlineData("MÜNCHEN.Example", "xn--mnchen-3ya.example.")]
    [InlineData("münchen.example.", "xn--mnchen-3ya.example.")]
    [InlineData("日本語.jp", "xn--wgv71a119e.jp.")]
    [InlineData("例え。テスト", "xn--r8jz45g.xn--zckzah.")]
    public void Internationalised_names_become_A_labels(string text, string expected) => Assert.Equal(expected, DomainName.Parse(text).ToString());

    [Fact]
    public void A_label_has_at_most_63_octets()
    {
        Assert.Equal(65, DomainName.Parse(new string('a', 63)).Wire.Length);
        Assert.Throws<FormatException>(() => DomainName.Parse(new string('a', 64)));
        Assert.Throws<FormatException>(() => DomainName.Parse(new string('ü', 64)));
        Assert.Throws<FormatException>(() => DomainName.Root.Prepend(new byte[64]));
        Assert.Throws<FormatException>(() => DomainName.Root.Prepend([]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    public void A_name_has_at_most_255_octets_with_the_root(string end)
    {
        var label = new string('a', 63) + ".";
        var longest = label + label + label + new string('a', 61);

        Assert.Equal(255, DomainName.Parse(longest + end).Wire.Length);
        Assert.Equal(longest, DomainName.Parse(longest + end).ToDisplayString());
        Assert.Throws<FormatException>(() => DomainName.Parse(longest + "a" + end));
        Assert.Throws<FormatException>(() => DomainName.Parse(longest + ".a" + end));
        Assert.Throws<FormatException>(() => DomainName.Parse(longest).Prepend("a"u8));
    }

    [Fact]
    public void A_name_has_at_most_127_labels()
    {
        var most = string.Join('.', Enumerable.Repeat("a", 127));

        Assert.Equal(127, DomainName.Parse(most).LabelCount);
        Assert.Throws<FormatException>(() => DomainName.Parse(most + ".a"));
        Assert.Equal(0, DomainName.Parse(most).CompareTo(DomainName.Parse(most.ToUpperInvariant())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("0161")]
    [InlineData("016101")]
    [InlineData("C000")]
    [InlineData("4061")]
    public void Octets_that_are_no_name_are_refused(string hex) => Assert.Throws<FormatException>(() => DomainName.FromWire(Convert.FromHexString(hex)));

    [Fact]
    public void Letter_case_is_kept_and_does_not_count()
    {
        var name = DomainName.Parse("ExAmple.COM");

        Assert.Equal("ExAmple.COM.", name.ToString());
        Assert.Equal(DomainName.Parse("example.com"), name);
        Assert.Equal(DomainName.Parse("example.com").GetHashCode(), name.GetHashCode());
        Assert.NotEqual(DomainName.Parse("[xample.com"), DomainName.Parse("{xample.com"));
    }

    [Fact]
    public void The_canonical_order_is_that_of_RFC_4034()
    {
        const string Sorted = "example a.example yljkjljk.a.example Z.a.example zABC.a.EXAMPLE z.example \\001.z.example *.z.example \\200.z.example";
        DomainName[] sorted = [.. Sorted.Split(' ').Select(DomainName.Parse)];

        Assert.Equal(sorted, sorted.Reverse().Order());
        Assert.True(DomainName.Root < sorted[0]);
        Assert.True(sorted[0] < sorted[1] && sorted[1] > sorted[0] && sorted[1] >= sorted[0] && sorted[0] <= sorted[1]);
    }

    [Fact]
    public void Ancestors_are_told_by_whole_labels()
    {
        var name = DomainName.Parse("www.Example.com");

        Assert.True(name.IsSubdomainOf(DomainName.Parse("example.COM")));
        Assert.True(name.IsSubdomainOf(name));
        Assert.True(name.IsSubdomainOf(DomainName.Root));
        Assert.False(name.IsSubdomainOf(DomainName.Parse("ample.com")));
        Assert.False(DomainName.Parse("com").IsSubdomainOf(name));
        Assert.False(DomainName.Parse("x\\.example.com").IsSubdomainOf(DomainName.Parse("example.com")));
        Assert.Equal(DomainName.Parse("example.com"), name.Parent);
        Assert.Equal(DomainName.Root, DomainName.Root.Parent);
        Assert.Equal(name, DomainName.Parse("example.com").Prepend("WWW"u8));
    }

    [Fact]
    public void Any_text_is_a_name_or_is_told_why() =>
        Gen.OneOf(Gen.String, Gen.Char["ab.\\019\u00fc\u0301\ud800@"].Array[0, 10].Select(characters => new string(characters))).Sample(
            text => Assert.Equal(DomainName.TryParse(text, out var name, out var error), name is not null && error is null),
            iter: 5000);

    [Fact]
    public void Any_name_survives_the_way_through_text_and_orders_like_its_labels()
    {
        Gen.Select(RdataGenerator.Name, RdataGenerator.Name).Sample(
            (left, right) =>
            {
                var (a, b) = (DomainName.FromWire(left), DomainName.FromWire(right));
                Assert.Equal(left, DomainName.Parse(a.ToString()).Wire.ToArray());
                Assert.Equal(a == b, a.CompareTo(b) == 0);
                Assert.Equal(Math.Sign(a.CompareTo(b)), -Math.Sign(b.CompareTo(a)));
                Assert.Equal(Math.Sign(a.CompareTo(b)), Math.Sign(CompareByLabels(a, b)));
            },
            iter: 5000);
    }

    private static int CompareByLabels(DomainName left, DomainName right)
    {
        var (a, b) = (Labels(left), Labels(right));
        for (var i = 0; i < Math.Min(a.Count, b.Count); i++)
        {
            var order = a[i].AsSpan().SequenceCompareTo(b[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return a.Count.CompareTo(b.Count);
    }

    private static List<byte[]> Labels(DomainName name)
    {
        var labels = new List<byte[]>();
        for (; !name.IsRoot; name = name.Parent)
        {
            labels.Insert(0, [.. name.Wire.Slice(1, name.Wire[0]).ToArray().Select(WireName.Lower)]);
        }

        return labels;
    }
}
