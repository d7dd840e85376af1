using System.Text;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Store;

namespace Store.Tests;

/// <summary>A test with a new store.</summary>
public abstract class StoreTest : IDisposable
{
    protected StoreTest() => Store = ManagedDnsStore.Open(Folder.Store);

    internal TestFolder Folder { get; } = new();

    protected ManagedDnsStore Store { get; }

    protected long Common => Store.CommonSettings.GetDefault().Id;

    protected static DomainName Name(string text) => DomainName.Parse(text);

    protected static TsigKey Key(string name, string secret = "a secret of some length") =>
        new(Name(name), TsigAlgorithm.HmacSha384, Encoding.ASCII.GetBytes(secret));

    protected static StoreException Fails(StoreError error, Action action)
    {
        var e = Assert.Throws<StoreException>(action);
        Assert.Equal(error, e.Error);
        Assert.NotEmpty(e.Message);
        Assert.NotEmpty(e.Remedy);
        return e;
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        Store.Dispose();
        Folder.Dispose();
    }
}
