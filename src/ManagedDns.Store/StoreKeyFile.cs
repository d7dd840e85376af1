using System.Security.Cryptography;

namespace ManagedDns.Store;

/// <summary>
/// The file with the key that seals the store's secrets: 32 octets in Base64, readable for its owner only; on Windows protected by the platform too,
/// so that it opens on this machine alone.
/// </summary>
internal static class StoreKeyFile
{
    public const int Size = 32;

    /// <returns>The key; null where there is no file.</returns>
    public static byte[]? Read(string path)
    {
        try
        {
            var key = Unprotect(Convert.FromBase64String(File.ReadAllText(path)));
            return key.Length == Size ? key : throw Unusable(path, null);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (PathTooLongException)
        {
            return null;
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            throw Unusable(path, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException(StoreError.NoAccess, $"'{path}' cannot be read: {e.Message}", "Run as the store's owner.", e) { Target = path };
        }
    }

    /// <summary>Makes a key, or takes the one that another process has just made.</summary>
    public static byte[] Create(string path)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}";
        StoreFolder.CreateFile(temporary);
        try
        {
            var key = RandomNumberGenerator.GetBytes(Size);
            using (var file = new FileStream(temporary, FileMode.OpenOrCreate, FileAccess.Write))
            {
                file.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(Protect(key)) + "\n"));
                file.Flush(flushToDisk: true);
            }

            // Whole or not at all, and never over another's: secrets may be sealed with that one already.
            File.Move(temporary, path, overwrite: false);
            return key;
        }
        catch (IOException) when (File.Exists(path))
        {
            return Read(path)!;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    // The machine's key, not the user's: a service and the operator who set it up are two users. The folder's access list keeps others out.
    private static byte[] Protect(byte[] key) =>
        OperatingSystem.IsWindows() ? ProtectedData.Protect(key, null, DataProtectionScope.LocalMachine) : key;

    private static byte[] Unprotect(byte[] file) =>
        OperatingSystem.IsWindows() ? ProtectedData.Unprotect(file, null, DataProtectionScope.LocalMachine) : file;

    private static StoreException Unusable(string path, Exception? inner) =>
        new(
            StoreError.KeyMismatch, $"'{path}' does not hold a store's key.",
            "Put store.key back from a backup of the store; without one, Reset-ManagedDnsStoreKey forgets what is sealed.", inner)
        {
            Target = path,
        };
}
