using System.Text;
using ManagedDns.Store;

namespace Store.Tests;

public sealed class SecretTests : StoreTest
{
    [Fact]
    public void A_secret_is_in_no_file_of_the_store()
    {
        Store.TsigKeys.Add(Key("key.example", "correct horse battery staple"));
        Assert.All(
            Directory.GetFiles(Folder.Store),
            file => Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf("correct horse"u8) < 0, file));
        Assert.Equal("correct horse battery staple", Encoding.ASCII.GetString(Store.TsigKeys.Get(Name("key.example")).Key.Secret.Span));
    }

    [Fact]
    public void A_new_secret_replaces_the_old_one()
    {
        Store.TsigKeys.Add(Key("key.example"));
        Store.TsigKeys.Update(Name("key.example"), key => key with { Key = Key("key.example", "another secret") });
        using var other = ManagedDnsStore.Open(Folder.Store);
        Assert.Equal(Key("key.example", "another secret"), other.TsigKeys.Get(Name("KEY.example")).Key);
    }

    [Fact]
    public void Without_the_key_file_secrets_stay_shut_and_keys_can_still_be_removed()
    {
        Store.TsigKeys.Add(Key("key.example"));
        File.Delete(Folder.Key);
        using var other = ManagedDnsStore.Open(Folder.Store);
        Fails(StoreError.KeyMissing, () => other.ReadSettings());
        var e = Fails(StoreError.KeyMissing, () => other.TsigKeys.Add(Key("new.example")));
        Assert.Contains("store.key", e.Remedy, StringComparison.Ordinal);
        Assert.False(File.Exists(Folder.Key));

        Assert.Equal([Name("key.example")], other.TsigKeys.Names());
        other.TsigKeys.Remove(Name("key.example"));
        other.TsigKeys.Add(Key("new.example"));
        Assert.Equal(Key("new.example"), other.TsigKeys.Get(Name("new.example")).Key);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not a key")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void A_store_whose_key_is_lost_forgets_what_nobody_can_open_and_is_usable_again(string? keyFile)
    {
        Store.TsigKeys.Add(Key("key.example"));
        Store.Primaries.Add("home", Common, System.Net.IPAddress.Parse("192.0.2.1"), tsigKeyId: Store.TsigKeys.Get(Name("key.example")).Id);
        Store.Server.Update(server => server with { Cookies = server.Cookies with { Secret = new(new byte[16]) } });
        Assert.Empty(Store.ResetKey());
        File.Delete(Folder.Key);
        if (keyFile is not null)
        {
            File.WriteAllText(Folder.Key, keyFile);
        }

        using (var other = ManagedDnsStore.Open(Folder.Store))
        {
            LostSecret[] lost = [new(LostSecretKind.TsigKey, "key.example"), new(LostSecretKind.CookieSecret, "")];
            Assert.Equal(lost, other.ResetKey());
            Assert.Empty(other.ResetKey());
            Assert.NotEqual(Key("key.example"), Assert.Single(other.ReadSettings().TsigKeys.Values).Key);
            Assert.Null(other.Server.Get().Cookies.Secret);
            other.TsigKeys.Update(Name("key.example"), old => old with { Key = Key("key.example") });
        }

        // A server that runs has the lost key in memory still, and must read what is sealed with the new one.
        Assert.Equal(Key("key.example"), Assert.Single(Store.ReadSettings().TsigKeys.Values).Key);
    }

    [Fact]
    public void Another_stores_key_opens_nothing()
    {
        Store.TsigKeys.Add(Key("key.example"));
        File.WriteAllText(Folder.Key, Convert.ToBase64String(new byte[32]));
        using var other = ManagedDnsStore.Open(Folder.Store);
        Fails(StoreError.KeyMismatch, () => other.TsigKeys.All());
        File.WriteAllText(Folder.Key, "not a key");
        using var third = ManagedDnsStore.Open(Folder.Store);
        Fails(StoreError.KeyMismatch, () => third.TsigKeys.All());
    }

    [Fact]
    public void A_sealed_secret_moved_to_another_row_does_not_open()
    {
        Store.TsigKeys.Add(Key("a.example", "secret of a"));
        Store.TsigKeys.Add(Key("b.example", "secret of b"));
        TestFolder.Sql(
            Folder.Settings, "UPDATE tsig_key SET secret = (SELECT secret FROM tsig_key WHERE name = 'a.example.') WHERE name = 'b.example.'");
        Assert.Equal(Key("a.example", "secret of a"), Store.TsigKeys.Get(Name("a.example")).Key);
        Fails(StoreError.KeyMismatch, () => Store.TsigKeys.Get(Name("b.example")));
    }

    [Fact]
    public void Two_secrets_alike_are_sealed_differently()
    {
        Store.TsigKeys.Add(Key("a.example"));
        Store.TsigKeys.Add(Key("b.example"));
        Assert.Equal(2L, TestFolder.Sql(Folder.Settings, "SELECT count(DISTINCT secret) FROM tsig_key"));
    }
}
