using System.Numerics;
using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>Checks the settings when the host starts.</summary>
internal sealed class RedisStorageOptionsValidator : IConfigurationValidator
{
    // Redis' own limit of a value is 512 MB.
    private const int LargestRecord = 500_000_000;

    private readonly RedisStorageOptions _options;
    private readonly string _name;
    private readonly string _serviceId;

    public RedisStorageOptionsValidator(RedisStorageOptions options, string name, string serviceId)
    {
        _options = options;
        _name = name;
        _serviceId = serviceId;
    }

    public void ValidateConfiguration()
    {
        ValidateConnectionString();
        // It separates the parts of a key; without this rule two services could share keys.
        if (string.IsNullOrEmpty(_serviceId) || _serviceId.Contains('/'))
            throw Invalid($"Orleans:ServiceId is '{_serviceId}'; it is the first part of every key and must be a name without '/'. Rename the service.");
        RequireRange(_options.CommandTimeout.TotalSeconds, 0.1, 600, $"{nameof(_options.CommandTimeout)} in seconds");
        RequireRange(_options.MaxQueuedWrites, 1, 16_777_216, nameof(_options.MaxQueuedWrites));
        RequireRange(_options.MaxRecordBytes, 1, LargestRecord, nameof(_options.MaxRecordBytes));
        RequireRange(_options.MaxQueuedBytes, 2L * _options.MaxRecordBytes, long.MaxValue, nameof(_options.MaxQueuedBytes));
    }

    private void ValidateConnectionString()
    {
        const string Remedy = "Write 'HOST:PORT', for example 'localhost:6379', with ',password=…' behind it where one is set.";
        try
        {
            var connection = string.IsNullOrWhiteSpace(_options.ConnectionString) ? new ConfigurationOptions() : ConfigurationOptions.Parse(_options.ConnectionString);
            // With several, each connection and each silo would choose for itself, and two of them might write to two servers.
            if (connection.EndPoints.Count > 1)
                throw Invalid($"the connection string names {connection.EndPoints.Count} servers; the streams are on one. {Remedy}");
            if (!string.IsNullOrEmpty(connection.ServiceName))
                throw Invalid($"the connection string names a service of Sentinel (serviceName={connection.ServiceName}); a replica that takes over may not have what was acknowledged. Name the server itself. {Remedy}");
            if (connection.EndPoints.Count == 1)
                return;
        }
        catch (ArgumentException e)
        {
            // Not the string itself: it may hold a password.
            throw Invalid($"the connection string cannot be read: {e.Message} {Remedy}", e);
        }

        throw Invalid($"the connection string names no server. Set ConnectionString, or ConnectionName or ServiceKey with ConnectionStrings:NAME. {Remedy}");
    }

    private void RequireRange<T>(T value, T smallest, T largest, string option)
        where T : INumber<T>
    {
        if (value < smallest || value > largest)
            throw Invalid($"{option} is {value}; it must be from {smallest} to {largest}.");
    }

    private OrleansConfigurationException Invalid(string message, Exception? inner = null) => new($"Grain storage '{_name}' (Redis): {message}", inner!);
}
