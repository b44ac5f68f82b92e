package kafkastack;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaTemplate;

/** Says how it would enter; with a topic and a text it sends it there, and says what comes back. */
@SpringBootApplication
public class Echo implements ApplicationRunner {
    private final KafkaTemplate<String, String> template;
    private final ConsumerFactory<String, String> consumers;

    public Echo(KafkaTemplate<String, String> template, ConsumerFactory<String, String> consumers) {
        this.template = template;
        this.consumers = consumers;
    }

    public static void main(String[] words) {
        SpringApplication.run(Echo.class, words).close();
    }

    @Override
    public void run(ApplicationArguments given) throws Exception {
        var words = given.getNonOptionArgs();
        var known = template.getProducerFactory().getConfigurationProperties();
        System.out.println(known.get("sasl.jaas.config"));
        System.out.println(known.get("ssl.truststore.location"));
        if (words.size() < 2) {
            return;
        }
        template.send(words.get(0), words.get(1)).get();
        try (var consumer = consumers.createConsumer("echo", null)) {
            consumer.subscribe(List.of(words.get(0)));
            for (int tries = 0; tries < 60; tries++) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    System.out.println(record.value());
                    return;
                }
            }
        }
    }
}
