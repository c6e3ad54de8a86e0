using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.Silo.Storage.Transfer;

namespace LstmOrleans.Hosting.StoreCommands;

/// <summary>A store as a command line names it: <c>sqlite:PATH</c> (the file, or the data folder) or <c>redis:CONNECTION</c>.</summary>
internal static class StoreAddress
{
    private const string Sqlite = "sqlite:", Redis = "redis:";

    /// <param name="text">The name of the store.</param>
    /// <param name="serviceId">The first part of the keys on a server.</param>
    /// <param name="mustExist">Whether a missing file is an error; else it is created.</param>
    /// <exception cref="ArgumentException">It names no store.</exception>
    /// <exception cref="StorageOpenException">The store cannot be used.</exception>
    public static async Task<IStoreTransfer> OpenAsync(string text, string serviceId, bool mustExist)
    {
        if (text.StartsWith(Sqlite, StringComparison.Ordinal) && text.Length > Sqlite.Length)
        {
            var path = Path.GetFullPath(text[Sqlite.Length..]);
            if (Directory.Exists(path))
                path = Path.Combine(path, LstmHostingFiles.Streams);
            if (mustExist && !File.Exists(path))
                throw new StorageOpenException($"There is no storage file '{path}'. Name the file, or the folder that has it.");
            return SqliteTransfer.Open(path);
        }

        if (text.StartsWith(Redis, StringComparison.Ordinal) && text.Length > Redis.Length)
            return await RedisTransfer.OpenAsync(text[Redis.Length..], serviceId).ConfigureAwait(false);
        // Not the whole text: it may hold a password.
        throw new ArgumentException($"'{text.Split(':')[0]}' is no kind of store. Write {Sqlite}PATH or {Redis}HOST:PORT.");
    }
}
