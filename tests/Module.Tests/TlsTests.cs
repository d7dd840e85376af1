using ManagedDns.ModuleTests.Kit;
using ManagedDns.TestKit;

namespace ManagedDns.ModuleTests;

public sealed class TlsTests : IDisposable
{
    private const string Pin = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    private readonly ModuleSession _session = new();
    private readonly TestCertificates _certificates = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("manageddns-").FullName;

    [Fact]
    public void A_primary_that_requires_TLS_is_asked_on_port_853_and_keeps_its_terms_when_something_else_changes()
    {
        var authority = Write("authority.pem", _certificates.Pem);
        var made = _session.One($"New-PrimaryNameServer home 192.0.2.1 -TlsHostName ns1.example.org. -TlsAuthorityPath '{authority}'");
        Assert.Equal((true, "ns1.example.org", 853), (made.Get("Tls"), made.Text("TlsHostName"), made.Get("Port")));

        var changed = _session.One($"Set-PrimaryNameServer home -Priority 3 -TlsPin {Pin} -PassThru");
        Assert.Equal((true, "ns1.example.org"), (changed.Get("Tls"), changed.Text("TlsHostName")));
        Assert.Equal(new[] { Pin }, changed.Get("TlsPin"));
        Assert.Equal(true, _session.One("Get-PrimaryNameServer home | Set-PrimaryNameServer -PassThru").Get("Tls"));
        Assert.Equal(false, _session.One("Set-PrimaryNameServer home -Tls:$false -Port 53 -PassThru").Get("Tls"));
    }

    [Theory]
    [InlineData("New-PrimaryNameServer home 192.0.2.1 -Tls", "-TlsHostName")]
    [InlineData("New-PrimaryNameServer home 192.0.2.1 -TlsPin abc", "SHA-256")]
    [InlineData("New-PrimaryNameServer home 192.0.2.1 -TlsHostName 'a b'", "certificate")]
    [InlineData("New-PrimaryNameServer home 192.0.2.1 -TlsHostName a.example -TlsAuthorityPath ./nosuch.pem", "path")]
    [InlineData("Set-SecondaryServer -TlsPort 853", "-CertificatePath")]
    [InlineData("Set-SecondaryServer -CertificatePath ./nosuch.pem", "PEM")]
    public void What_cannot_be_TLS_is_an_error_that_says_what_to_give(string command, string remedy)
    {
        var error = _session.Error(command);
        Assert.Equal("Invalid", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(remedy, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_servers_certificate_is_read_from_PEM_in_one_file_or_two_and_shown_with_its_pin(bool together)
    {
        var certificate = _certificates.IssuePem("ns1.example.org", expired: false, out var key);
        var path = Write("certificate.pem", together ? certificate + "\n" + key : certificate);
        var keyParameter = together ? "" : $" -PrivateKeyPath '{Write("key.pem", key)}'";

        var server = _session.One($"Set-SecondaryServer -TlsPort 8853 -CertificatePath '{path}'{keyParameter} -PassThru");
        Assert.Equal((8853, "CN=ns1.example.org"), (server.Get("TlsPort"), server.Text("CertificateSubject")));
        Assert.Equal(44, server.Text("CertificatePin")?.Length);

        Assert.Null(_session.One("Set-SecondaryServer -TlsPort $null -CertificatePath '' -PassThru").Get("CertificatePin"));
    }

    [Fact]
    public void A_transfer_rule_can_require_TLS()
    {
        Assert.Equal(true, _session.One("Add-ZoneTransferAcl 192.0.2.0/24 -RequireTls -PassThru").Get("RequireTls"));
        Assert.Contains(
            "over TLS", _session.One("Get-CommonSetting").Get("ZoneTransferAcl") is string[] rules ? rules[0] : "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_transfer_rule_can_name_the_key_of_the_client_and_then_requires_TLS()
    {
        var rule = _session.One($"Add-ZoneTransferAcl 192.0.2.0/24 -ClientPin {Pin} -PassThru");
        Assert.Equal((true, Pin), (rule.Get("RequireTls"), rule.Text("ClientPin")));
        _session.One("Copy-CommonSetting Default two");
        Assert.Equal(Pin, _session.One("Get-ZoneTransferAcl -CommonSetting two").Text("ClientPin"));
        Assert.Contains(
            "44 characters", _session.Error("Add-ZoneTransferAcl 192.0.2.0/24 -ClientPin abc").ErrorDetails.RecommendedAction,
            StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _session.Dispose();
        _certificates.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
